"""Life in danger now: fire, weapons, suicide, drowning, gas. One of `SURE` is enough, three of `SIGNS` are."""

from __future__ import annotations

from routing.lexicon.lists import phrases

SURE = phrases("""
=livsfara
det brinner; brinner i; brinner på; brinner hos; brinner här; brinner utanför; brinner bakom; brinner nu; står i brand
står i lågor; eld i; eld och rök; eldsvåda; lägenhetsbrand; husbrand; skogsbrand; bilbrand; =brand i; =brand på;
=brand hos
det har börjat brinna; börjat brinna; rök från lägenhet*; rök från fönst*; rökutveckling; kommer rök ur; luktar bränt
explosion; exploderat; exploderade; smäll + sprängt; sprängning + nyss; bomb; bombhot; gasläcka; gaslukt;
luktar gas; gas läcker
elden sprider; elden + sprid*; eld + sprid*; brinner kraftigt; tjock rök; svart rök; rök ur; rök i trapp*; rökfyll*;
kommer rök; pyr och ryker; ryker från; ryker ur; lågor ur; lågorna slår; tagit eld; fattat eld; tänt eld på + hus;
anlagd brand; instängda + brand; har ett vapen; med vapen; beväpnad; pistol; gevär + hot*; kniv i handen; med kniv;
har en kniv; har kniv; drog kniv; hotar med kniv
viftar med kniv; knivhuggen; knivskuren; knivman; kniv + hot*; machete; yxa + hot*; skottlossning nu; hör skott;
någon =skjuter; de =skjuter; han =skjuter; =skjuter mot; =skjuter omkring
skott + skadad; blivit skjuten; sköt honom; han skjuter
ta livet av; ta mitt liv; ta sitt liv; tagit livet av; tar livet av; ta mig liv; tar mitt liv; avsluta mitt liv;
avsluta allt
avsluta livet; göra slut på allt; göra slut på livet; vill inte leva; vill inte längre leva; orkar inte leva;
inte leva längre
vill dö; vill bara dö; jag ska dö; önskar att jag var död; vill inte finnas; slippa finnas; inte finnas mer;
bättre utan mig
självmord*; suicid*; hänga mig; hängt sig; hoppa från; hoppa framför; hoppat från bro*; står på bron + hopp*;
skära mig; skära sig; skär sig + låst; låst in sig + skad*; ta en överdos
orkar inte mer + brev; orkar inte mer + barnen; orkar inte mer + stängt av; orkar inte mer + förlåt;
orkar inte längre + förlåt; avskedsbrev; säga hej då; säga hejdå; säga adjö; ta farväl; tar farväl; göra något dumt;
göra nåt dumt; göra sig illa; göra mig illa; göra mig själv illa; gör sig illa; skada mig själv; skadar sig själv;
skära handled*; skurit sig; slutet för mig; får vara slut nu; inte vara med längre; finns inte imorgon;
finns inte i morgon; inte finnas i morgon; tagit alla mina; tagit alla sina; tagit tabletter; tabletter + hej;
burk + tabletter; burken + tabletter; tagit en massa tabletter; tagit överdos; överdos; överdoserat;
svalt tabletter
medvetslös; medvetslösa; livlös; livlösa; avsvimmad; svimmat + vaknar inte; vaknar inte;
får ingen kontakt med + ligger
andas inte; får inte fram ord*; får inte fram orden; fått en stroke nu; fått en stroke och; har fått en stroke;
tror + stroke; skurit mig djupt; skurit sig djupt; motorsåg + skur*; motorsåg + blod*; kolmonoxid*; koloxid*;
flammor; brandröklarm*; slapp och; barn* + slapp*; sista gången vi hörs; slutat andas; kan inte andas;
får ingen luft; får inte luft; blå i ansiktet; hjärtstopp; hjärtinfarkt
bröstsmärt*; ont i bröstet; stroke nu; kramper; krampar; blöder kraftigt; blöder mycket; blöder jätte*; blöder massor
massa blod; blod överallt; mycket blod; blod + golvet; förblöder; ligger i en blodpöl; allvarligt skadad; svårt skadad
drunkn*; gått ner sig; gått ned sig; gick ner sig; trillat i + vatten*; trillat i ån; ramlat i ån; fallit i ån;
fallit i kanalen; gått genom isen; gick genom isen; ramlat i vattnet; fallit i vattnet; fallit i sjön;
ligger i vattnet; ramlat genom isen
bryter sig in; håller på att bryta sig in; inbrottstjuv + nu; försöker ta sig in; sparkar på dörren; slår in dörren
försöker döda; hotar att döda + nu; hotar att döda + utanför; hotar att skjuta + nu; står utanför + kniv;
står utanför dörren + hot*; står utanför dörren + rädd; är på väg hem + döda; bultar på dörren; försöker slå in;
på väg hit + rädd
slår mig nu; slår henne nu; slår honom nu; misshandlas nu; pågående misshandel; pågår en misshandel;
blir misshandlad just nu; slåss med
sparkar på en som ligger; rån nu; blir rånad nu; våldtäkt nu; våldtar; kidnapp*
ligger + rör sig inte; rör sig inte + människa; rör sig inte + person; rör sig inte + man; ligger + reagerar inte;
reagerar inte + ruska*; reagerar inte; inte kontaktbar; okontaktbar; går inte att väcka; kan inte väcka;
får inte liv i; ligger + svarar inte; andas konstigt; andas knappt; andas så konstigt; rosslar; blå om läpparna;
kallsvettig*;
ligger avsvimmad; sluddrar + hänger; halva ansiktet; ena sidan + förlam*; kan inte ta sig upp + blöder
lägger sig på spåret; på spåret + tåg; träd över + person; fastklämd; instängd + rök; sitter fast + förare*
nerfallen elledning; nedfallen elledning; strömförande; elkabel + marken; elledning + marken; elkabeln ligger;
strömkabel + hänger; kraftledning + ner*
cyklist* + påkörd; barn + påkörd + ligger; fotgängare + påkörd; halsen + svullnar; halsen svullnar; påkörd + blöder;
trafikolycka; bilolycka; krockat med; allvarlig olycka; behöver ambulans
skicka ambulans; ring ambulans; skicka polis
barn inlåst i bil*; barn + inlåst + bil; barn instäng* + bil; giftigt + svalt; barnet + svalt; fallit från balkong*;
hänger från balkong*; fallit ner i brunn*; fallit i brunn*; ramlat ner i + brunn
livshot*; akut livs*
hjälp hjälp; hjälp oss nu; hjälp mig nu; kom nu snälla; skynda er
end it tonight; end it all; decided to end; ending my life; want to end it; goodbye + pills; say goodbye + forever;
man with a gun; man with a knife; woman with a knife; flames; fire spreading; there is a fire; on fire; is burning;
fire in; fire at; building is burning; house is burning; smoke from; smoke coming
has a gun; has a knife; with a knife; with a gun; holding a knife; shooting; gunshots; shots fired; stabbed;
stabbing; bomb threat; gas leak; smell of gas; smell gas
kill myself; killing myself; end my life; take my life; take my own life; want to die; suicid*; don't want to live;
do not want to live; don't want to be alive; no longer want to live; hurt myself; overdose*; took pills
unconscious; unresponsive; not responding + lying; not moving; collapsed; not breathing; can't breathe;
cannot breathe; bleeding; heart attack; chest pain; drowning; fell through the ice
breaking in; trying to break in; is trying to kill; outside my door; call an ambulance; need an ambulance; call 112;
call the police; help us now; being attacked
palaa; tulipalo*; talo palaa; savua tulee; savua; liekeissä; itsemurha*; tappaa itseni; en halua elää;
en jaksa elää; haluan kuolla; tajuton*; ei hengitä; verta; vuotaa verta; ase kädessä; aseella; puukko*;
veitsi kädessä; hukku*; tarvitsen apua heti; apua heti; ambulanssi*; kaasuvuoto*
حريق; يحترق; تحترق; النار; نار في; دخان; سلاح; مسدس; سكين; أقتل نفسي; أنهي حياتي; انهي حياتي; أؤذي نفسي; اقتل نفسي;
انتحار; الانتحار; أريد أن أموت; اريد ان اموت; لا أريد العيش; لا اريد العيش; فاقد الوعي; فاقدة الوعي; لا يتنفس;
لا تتنفس; لا يتنفس; ينزف; نزيف; يغرق; غرق; النجدة; انفجار; إطلاق نار; سيارة إسعاف; إسعاف; بسكين; تسرب غاز; غاز
dab; dabka; gubanaya; gubanay*; guri gubt*; qiiq; qori; bistoolad; mindi; toogasho; toorey; is dil*; naftayda;
inaan dhinto; dhiman rabaa; miyir la'; miyir beel*; neefsan*; dhiig*; badbaad*; i caawi hadda; ambalaas*;
gargaar degdeg*; qarax*
آتش; آتش سوزی; می‌سوزد; میسوزد; دود; خودکشی; نمی‌خواهم زنده; نمیخواهم زنده; زنده باشم; زندگی نکنم; خسته از زندگی;
خودم را بکشم; می‌خواهم بمیرم; میخواهم بمیرم; چاقو; اسلحه; تفنگ; بیهوش; نفس نمی‌کشد; نفس نمیکشد; خونریزی; مرا می‌کشد;
کمک فوری; آمبولانس; انفجار
ሓዊ; ይነድድ; ይቃጸል; ካራ; ክሞት; ደም; нап*ожеж*; пожеж*; горить; самогуб*; вбити себе; ніж; зброя; не дихає; pożar*;
pali się; samobój*; nożem; pistolet*; nie oddycha; yangın*; intihar*; bıçak*; feuer; brennt; selbstmord*; messer
""")

SIGNS = phrases("""
brinner; eld; brand; branden; lågor; rök; röken; vapen; kniv; blod; blöder; skadad; ambulans; brandkår*;
räddningstjänst*; medvets*
orkar inte mer; orkar inte längre; finns ingen mening; ingen mening med; ser ingen utväg; ingen utväg;
vill försvinna; hopplöst; meningslöst + liv*
just nu; händer nu; pågår nu; skrik + hjälp; skriker på hjälp; ropar på hjälp; döda; dödar; dör; dö; är död; 112;
sos; folk därinne; folk där inne; människor kvar; kvar i huset; rör sig inte
panik; hjälp; snälla skynda; fort; kritiskt; fara för; akut; försvunn*; desperat; förgift*; sprängmedel;
hotfull + nu; slåss; slagsmål
fire; smoke; gun; knife; blood; emergency; dying; help; right now; hurry; hopeless; no reason to live; can't go on;
can't take it anymore; trapped
""")

NOT = phrases("""
tar livet av byn; tar livet av för*; tar livet av kult*; hoppa i; hoppar i; hoppade i; hoppa i från;
skära sig på; skär sig på
skära sig på; skär sig på; skar sig på; skära sönder sig; skjuts*; skjutsa*; brinner för; brinner upp; brinner av;
lampan brinner; lamporna brinner; ljuset brinner; brinner hela dagen
brinner dygnet; brinner dagtid; lyktan brinner; lysena brinner; brinner av nyfikenhet; eldsjäl*
brandvarnare; brandlarm + test*; brandskydd*; brandsläckare; brandinspektion; brandsyn; brandstation; brandfarlig*;
brandtillsyn; brandpost*; eldningsförbud; elda; eldar; eldstad; eldning; tändare; brandgul; brandvägg; brandman;
brandmän
blodprov; blodtryck*; blodgiv*; blodcentral*; blodig; kniv och gaffel; besticks*; knivblad*; vapenlicens;
vapentillstånd; skjutbana*; skjuta upp*; skjuts upp; skjutit upp; skjuter upp; skjuter på; skjuter snö;
leksaksvapen
för två år sedan + brand; brann förra året; efter branden; dör av skratt; dör ut; dö ut; utdö*; död bil;
dött batteri; telefonen dog; dödsbo*; dödsfall*; döda djur; dött djur; död fågel; död hund; död katt; dött rådjur;
död älg; bombar*; bombera*; bombnedslag
inte brinner; slår ut; slår igen; eld upp; eldens; eldningsolja; rökt; rökfri*; rökning; rökförbud; röker; rökare;
rökgas*; rökutveckling + övning; brandövning; utrymningsövning; första hjälpen*; hjälp med; hjälp att; hjälp till;
kan ni hjälpa; akut + uppdrag; akutmottagning*; akutplats; fort som möjligt; så fort; kör fort; kör för fort
fireworks; fire alarm test; fire safety; fire permit; fire inspection; fired; fireplace; smoke detector*;
smoke-free; smoking; knife and fork; help with; help me with; help to; can you help; could you help;
help me understand; blood test; dying to
hemdabka; xiriir*; dabaal*; dabaaldeg*
""")

THREATS = phrases("""
ska döda; dödar mig; kommer att döda; hotar att döda; hotat att döda; hotade att döda; hotar att skjuta; mordhot*;
dödshot*; hotat till livet; hotad till livet; hot mot mitt liv; hot mot livet
kidnapp*; rövat bort; bortföra*; våldtäkt; våldtog; våldtagen; våldtagit
going to kill; will kill me; he will kill; threatens to kill; threatened to kill; want to kill; wants to kill;
kill me; kill us; kidnap*
يقتلني; سيقتلني; يقتلنا; بالقتل; wuu i dil*; i dili*; dili doon*; tappaa minut; uhkaa tappaa; مرا می‌کشد; مرا بکشد
""")
