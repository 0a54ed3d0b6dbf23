"""What makes a matter urgent or due the same day, whatever its topic. Lists of `URGENT` and `HIGH`, and what calms."""

from __future__ import annotations

from routing.lexicon.lists import pairs, phrases

URGENT = phrases("""
trycker upp + dusch*; trycker upp + golvbrunn*; trycker upp + badrum*; avlopp* + trycker; avlopp* + badrum*;
avlopp* + golvet; svämmar + badrum*; svämmar + källar*; toaletten svämmar; toaletten + svämma*; forsar;
sprutar rakt; sprutar + gata*; sprutar + trottoar*; rinner ner i; rinner in i; läcker + källar*; läcker + garage*;
vattnet står; vatten + garaget; vatten + hela golvet; strömmar ner; strömmar ut; brustit + vatten*; rör + brustit;
ledning + brustit; vattnet forsar; vatten forsar; forsar vatten; forsar ut; forsar upp; forsar in; vatten sprutar;
vattnet sprutar; sprutar vatten; sprutar upp; sprutar ut; väller upp; väller ut; väller in; vatten väller;
vattnet väller; strömmar vatten; strömmar ut vatten; strömmar in; svämmar över + vatten*; svämmar över + brunn*;
svämmar över + avlopp*; svämmat över + vatten*; översvämmad; översvämmat; översvämning + nu; översvämning + källar*;
översvämning i; vatten i källaren; vatten in i källaren; vatten + stiger; vattnet stiger; rinner mot källar*;
rinner in i källar*; rinner in i hus*; rinner ner i källar*; rinner in vatten; kommer in vatten; står under vatten;
källaren + full; avloppsvatten + tränger; avlopp + tränger upp; tränger upp + avlopp*; tränger upp + källar*;
kommer upp avlopp*; avloppet + kommer upp; bajs + golvbrunn*; avloppsvatten i; avloppet bubblar upp;
huvudledning + läck*; stor vattenläcka; akut vattenläcka; fontän + gatan; vattenfontän
måste ut idag; måste ut i dag; idag + måste ut; i dag + måste ut; kasta ut mig idag; tak i natt;
var vi ska ta vägen; var jag ska ta vägen; ta vägen i natt; ta vägen ikväll; har sovsäck; sover på station*;
sover på buss*; sover i källar*; sover i tvättstug*; sover i garage*; sovit i bil*; sovit i trapp*; sovit ute;
sovit på gatan; bytt lås; idag + utslängd; natten + utomhus; fryser + sover; ta vägen med barn*; utslängd idag;
utslängd i dag; utskriven + ingenstans; utskriven + bostad; släpper inte in mig; släpps inte in hemma;
vandrarhem* + fullt; härbärge* + fullt; vräkt i morse; vräkta i morse; vräktes i morse; vräktes idag; vräktes i dag;
vräkta nyss; vräks i morse; ska vräkas; låset är bytt; bytte låset; bytt låset; suttit på bussen hela natten;
sovit ute i; natten + hålla värmen; ingen bostad att gå till; ingenstans att gå; lägenhet* + brann;
lägenhet* + brunnit; säng i kväll; säng ikväll; säng i natt; plats i natt; ett rum för i natt; rum i natt;
evicted this morning; sleep at the station; sleep at the train; locks changed; changed the locks; no place to sleep;
no place to go; ingenstans att sova
ingenstans att ta vägen; ingenstans att bo; nånstans att sova; någonstans att sova; plats att sova;
inte var vi ska sova; inte var jag ska sova; var ska jag sova; var ska vi sova; vart ska vi ta vägen;
vart ska jag ta vägen; sova i natt; sova inatt; bo i natt; bo inatt; bo ikväll; sova ute; sover ute; sover utomhus;
sova utomhus; sova i bilen; sover i bilen; bor i bilen; bo i bilen; sover i trapphus*; sova i trapphus*;
sova på gatan; sover på gatan; bor på gatan; på gatan i natt; på gatan ikväll; på gatan med; på gatan idag;
vi står på gatan; jag står på gatan; hamnar på gatan; utkastad; utkastade; kastats ut; kastat ut; kastade ut;
utslängd; tak över huvudet i natt; tak över huvudet; hemlös + barn; bostadslös + barn; hemlös + ikväll;
bostadslös + natt; vräks idag; vräks i dag; vräks imorgon; vräks i morgon; vräkt idag; vräkt i dag; vräkta idag;
vräkta i dag; vräks på; vräkning imorgon; vräkning i morgon; vräkning på; vräkt på; vräker + på torsdag;
vräker + på fredag; vräker + imorgon; vräker + i morgon; vräker + idag; vräkning + idag; utan el och värme;
sover i tält + barn; bor i tält
kanyl* + barn; sprutor + barn; barn + stuck*; hål + fallit ner; brunn utan lock + barn; håller på att falla + barn*;
falla + lekplats*; rasa + barn*; öppen brunn; öppet brunn*
öppet schakt + barn; barn + fallit; farligt för livet; livsfarligt; rasrisk; risk för ras; håller på att rasa;
husvägg + rasa*; träd över hus; träd + över väg* + fallit; trädet ligger över; träd ligger över; strömförande;
elkabel; elledning; öppet elskåp; elskåp + öppet; öppen ellucka; sladdar + lyktstolpe; kablar hänger;
kablar + stolpe; kabel + hänger
i livsfara; akut fara; liv och död; fara för liv; livshot*
water is gushing; gushing; flooding my; flooding the; flooded basement; basement is flood*; basement flood*;
water is pouring; pouring into; burst pipe; nowhere to sleep; nowhere to stay; nowhere to go; nowhere to live;
place to sleep tonight; sleep tonight; stay tonight; homeless tonight; sleeping outside; sleep outside;
sleeping in my car; sleeping in our car; on the street tonight; on the street with; evicted today; evicted tomorrow;
kicked out tonight; kicked us out; kicked me out
vesi tulvii; tulvii; ulkona yön; ei ole paikkaa nukkua; missä nukkua; asunnoton + yö*; häädetään huomenna
ليس لدينا مكان; ليس لدي مكان; لا يوجد مكان ننام; مكان ننام; مكان أنام; ننام في الشارع; انام في الشارع;
أنام في الشارع; في الشارع; ننام في السيارة; الليلة; طردونا اليوم; طردنا اليوم; طردني; مستعجل جدا; الماء يتدفق;
فيضان; يفيض
meel aan seexdo; meel aan ku seexdo; meel aan seexan*; caawa; bannaanka + seex*; banaanka + seex*; gaariga + seex*;
naga saaray; iga saaray; daad*; biyo* + fatah*; jidka + seex*; la la'yahay; la waayay
جایی برای خوابیدن; جایی برای خواب; امشب; خیابان + می‌خوابیم; آب گرفته; گم شده
""")

FLOODING = pairs(
    "vatten; vattnet; avlopp*; avloppsvatten; bajsvatten; kloakvatten; smutsvatten; toaletten; brunnen",
    "forsar; sprutar; väller; strömmar in; strömmar ner; strömmar ut; rinner in; rinner ner i; tränger in; tränger upp; "
    "trycker upp; bubblar upp; svämmar; stiger; kommer in i; fyller källar*; fylls källar*; står på golvet; på golvet; "
    "över golvet; i källaren nu; i garaget",
) + pairs(
    "källaren; källare; garaget; bottenvåning*; badrummet; trapphuset; tvättstugan; huset; hela vägen; hela gatan",
    "svämmar över; översvämm*; fylls med; fylls av; full av vatten; fullt med vatten; under vatten; står i vatten; "
    "vattnet stiger; vatten stiger; kommer in vatten; läcker in; rinner in",
) + pairs("ledning*; huvudledning*; vattenledning*; rör; vattenrör; brandpost*; hydrant", "brustit; sprungit; "
    "gått sönder; gått av; brast; sprack; sprutar; påkörd")  # fmt: skip

PERSON_URGENT = phrases("""
satt i halsen; kaatunut; lattialla; وقعت على الأرض; وقع على الأرض; sätter i halsen; ligger i sängen och; legat på;
legat på golvet; legat på badrumsgolvet; får inget svar; svarar inte i telefon; öppnar inte + svarar;
öppnar inte dörren; gick ut för + timmar; inte kommit tillbaka; kommit tillbaka + dement; är borta från;
borta från boendet; mamma är borta; pappa är borta; vet var hon är; vet var han är; rymt från; fel medicin;
fått fel medicin; fel tabletter; jätteslö; fått sitt insulin; fått insulin; utan hjälp att andas;
kan inte ta mig ur sängen; kan inte ta sig ur sängen; ingen har varit hos; larmar men; larmar + svar;
trycker + ingen; larmat + ingen; inte ätit sedan; inte ätit på; inte druckit på; ligger på golvet; ligger på marken;
ligger kvar på golvet; hittade henne på golvet; hittade honom på golvet
kommer inte upp från; kan inte resa sig; kan inte ta sig upp; ramlat och kan inte; fallit och kan inte;
ramlat + ligger; fallit + ligger; larmar men ingen kommer; tryckt på larmet + ingen; tryckte på larmet + ingen;
trycker på larmet + ingen; ingen kommer när; öppnar inte + svarar inte; svarar inte + telefon + orolig*;
svarar inte när vi ringer; inte svarat + sedan igår; inte svarar i telefon; inte fått insulin; insulin;
inte fått mat på; inte fått någon mat; inte fått sin medicin; inte fått medicin; inte fått sina mediciner;
utan medicin; fel medicin; dubbel dos; är försvunnen; försvunnen sedan; försvunnit hemifrån;
försvunnit från boendet; försvunnit från hemmet; gått vilse
har gått ut och; borta sedan; hittar inte min mamma; hittar inte min pappa; irrar omkring; irrar + ute; går barfota;
ute i nattlinne; i bara nattlinne; utan syrgas; syrgas; kan inte andas; sätter i halsen
lying on the floor; on the floor and; can't get up; cannot get up; missing person; has gone missing; no insulin;
makaa lattialla; ei pääse ylös; kadonnut; مفقود; gå vilse
""")

HIGH = phrases("""
senast idag; senast i dag; senast imorgon; senast i morgon; senast ikväll; sista dagen idag; sista dag idag;
sista dag imorgon; sista dagen är idag; sista dagen är imorgon; sista dagen är i morgon; går ut idag; går ut i dag;
går ut imorgon; går ut i morgon; går ut på fredag; går ut nu; löper ut idag; löper ut imorgon; löper ut i morgon;
deadline; i morgon är sista; imorgon är sista; överklag* + imorgon; överklag* + i morgon; överklag* + idag;
överklag* + sista dag*; överklagan + dagar kvar; inom tre dagar; måste svara innan; svara innan fredag;
måste lämnas in imorgon; måste in idag; måste in imorgon; behöver svar idag; behöver svar i dag; svar idag;
svar i dag; svar före; svar innan; svar redan idag; måste ske idag; åtgärdas idag; åtgärdas i dag; ordnas idag;
fixas idag; byts idag; byter + idag; sandas idag; vill ha hjälp idag; hjälp idag; hjälp redan idag; hjälp nu;
hjälp omgående; komma idag; kommer någon idag; någon kommer nu; redan idag; redan i dag; redan i morgon;
redan imorgon
brådskande; bråttom; jättebråttom; mycket bråttom; brådskar; det är akut; akut ärende; är akut; akut hjälp;
akut behov; ringer akut; akut läge; livsfarlig; livsfarligt; ganska akut; omgående; omedelbart; genast; snarast;
snarast möjligt
så snart som möjligt; så fort som möjligt; skyndsamt; haster; hastar; snabb hjälp; snabbt svar; ring mig direkt;
direkt idag; asap; urgent; urgently; as soon as possible; immediately; right away; by tomorrow; by today;
before friday; until friday; deadline is; expires tomorrow; expires today; last day; kiireelli*; kiire; heti;
mahdollisimman pian; tänään viimeistään; huomenna viimeinen; عاجل; مستعجل; ضروري; ضرورية; بسرعة; فورا; اليوم قبل;
غدا آخر; degdeg; dhaqso; dhakhso; maanta; فوری; عجله; termin + heute; pilne; терміново; срочно; acil
hyran förfaller; hyran på fredag; betala hyran; hyran ska betalas; hyran skulle; hyran + försenad; obetald hyra;
hotas av vräkning; riskerar vräkning; bli vräkt; blir vräkta; avhysning; el + stängs av; elen stängs;
stänga av elen; stängt av elen; elen avstängd; avstängd el; utan el; utan ström; utan värme; ingen värme;
inga pengar till mat; pengar till mat; inget att äta; ingen mat hemma; maten är slut; inte ätit; hungriga;
råd med mat; råd med medicin; pengar till medicin; blöjor + pengar; har inga pengar; inga pengar; pengar slut;
no money for food; no food; money for food; pay the rent
kom inte till min; kom inte i morse; kom inte + mamma; kom inte + pappa; kom inte + far; kom inte + mor; kom aldrig;
ingen kom; ingen har kommit; kommer inte och; uteblev; uteblivit besök; missat besök; missade besök; ingen varit;
ingen har varit; ingen har kommit; ingen dykt upp; sitter kvar i sängen; ligger kvar i säng*; utan frukost;
utan lunch; utan middag; inte fått sina; inte fått sin; inte fått någon hjälp; inte fått frukost; inte fått lunch;
varken frukost; varken mat; utan mat; inte fått hjälp + säng*; ligger kvar i sängen; inte duschat på;
inte fått duscha; vågar inte lägga sig; vågar inte gå och lägga; ramlat; ramlar; ramlade; har fallit; trillat;
fallolycka; vanvård*; liggsår; undernärd; uttorkad; hemskickad från sjukhus*; skrivs ut imorgon; skrivs ut i morgon;
skrivs ut idag; skrivs hem; kommer hem från sjukhuset; larmet fungerar inte; larmet funkar inte; larmet är trasigt;
larmet svarar inte; gått ut + natten + dement; hittades ute; står på spisen; lämnar spisen; glömmer spisen
farligt; farlig; riskabelt; fara för; olycksrisk; risk för olycka; olycka; nästan blivit påkörd; blivit påkörd;
skada sig; skadat sig; skadade sig; skar sig; någon skadas; någon skadar sig; innan någon; innan det händer; vasst;
vassa; rostig spik; glassplitter; glaskross; krossat glas; glas i sandlåda*; glas på lekplats*; kanyler; kanyl;
sprutor; sprutan; håller på att falla; på väg att falla; hotar att falla; hänger löst över; lösa elkablar;
lösa kablar; saknar lock; brunnslock saknas; brunnslock är borta; lock saknas; utan brunnslock;
trafikljus + ur funktion; trafikljusen fungerar inte; trafikljus + trasig*; djupt hål; jättehål; stort hål mitt;
träd har fallit; träd fallit över; fallit över vägen; ligger över vägen; blockerar vägen; blockerar utfart*;
blockerar infart*; kommer inte fram + ambulans; kommer inte ut; isolerad; instängd hemma
inget vatten; vattnet är borta; utan vatten; toaletten + stopp + brf; stopp i avloppet; avloppsstopp; vattenläcka;
vattenläckan; läcker vatten; brunt vatten; vattnet är brunt; vattnet luktar; dricksvatten + sjuk*; magsjuka;
matförgift*; many sick; food poisoning; no water; water leak; brown water; dangerous; someone will get hurt
""")

PERSONS = phrases("""
mamma; pappa; mor; far; mormor; morfar; farmor; farfar; min man; min make; min maka; min fru; min hustru; min son;
min dotter; min bror; min syster; brukare; boende; äldre; gammal; dement; demens*; kvinna; kvinnan; herre; dam;
tant; farbror; han; hon; jag; granne; grannen; patient; personen; någon; barnet
mother; father; husband; wife; grandmother; grandfather; neighbour; neighbor; she; he; äiti; isä; äitini; isäni;
mummo; naapuri; أمي; أبي; والدتي; hooyo*; aabe*; مادرم; پدرم
""")

CALM = phrases("""
ingen brådska; inte bråttom; inte akut; är inte akut; när ni hinner; inget akut; ingen panik; no rush; not urgent;
no hurry; ei kiirettä
""")

ASKING = phrases("""
hur ansöker; hur söker; hur söker man; hur gör man för att; vad kostar; hur mycket kostar; vad är avgiften;
vad gäller; vilka regler; vilka krav; hur lång tid; hur lång är; hur fungerar; hur går det till; var hittar;
var finns; när betalas; när kommer utbetalning*; när öppnar; hur hög är; hur mycket är; vad är normen;
vad är riksnorm*; kan man söka; vem kan få; vad blir; anläggningsavgift*; anslutningsavgift*; gratis eller;
vad tar ni; vem har rätt; har man rätt; information om; informera om; vilka handlingar; vilka papper; vilka dagar;
hur anmäler jag till livsmedel*; registrera + livsmedel*; hur blir man; vilka intyg; how do i apply; how to apply;
what does it cost; how much; how long; what are the rules; is it possible; miten haen; miten haetaan; كيف يمكنني;
كيف أقدم; كيف اقدم; sidee; سؤال عن; مدرسه برای پروژه; skolarbete; uppsats
""")
