"""Violence or threats from somebody close, honour-related violence included: one of `SURE` is enough,
or two of `SIGNS` and one of `WHO`."""

from __future__ import annotations

from routing.lexicon.lists import phrases

SURE = phrases("""
ska giftas bort; bli bortgift; blir bortgift
han slår mig; hon slår mig; han slog mig; hon slog mig; slår mig; slog mig; slagit mig; slår hen; min man slår;
min sambo slår; min make slår; min pojkvän slår; min fru slår; min flickvän slår; min kille slår; mitt ex slår;
maken slår; mannen slår; min man slog; min sambo slog; min kille slog; min pojkvän slog; har slagit mig;
blir slagen; blir slagen av; blivit slagen; blivit slagen av; slagen av min; slår min syster; slår min mamma;
slår min dotter; slår sin fru; slår sin sambo; slår sin flickvän; slår sin tjej; pappa slår mamma;
pappan slår mamman; knuffa* mig; knuffad av min; sparkar mig; sparkade mig; sparkat mig; tar strypgrepp; strypgrepp;
strypt mig; ströp mig; stryper mig; tog mig om halsen; tar mig om halsen; luggat mig; drar mig i håret;
drog mig i håret; slår sönder; slänger saker på mig; nävarna; blåmärken + han; blåmärken + man; blåmärken + sambo;
blåtira + man
misshandla* + man; misshandla* + sambo; misshandla* + make; misshandlar mig; misshandlat mig; misshandlade mig;
misshandlad av; blir misshandlad; blivit misshandlad; jag misshandlas; kvinnomisshandel; partnervåld; våld i nära;
våld i hemmet; våld hemma; våld + förhållande; våld + relation; våldsam mot mig; våldsam man; våldsam sambo;
våldsam partner; våldsamt förhållande; våldsam hemma; utsatt för våld; utsätts för våld; utsatts för våld;
våldsutsatt*; fysiskt våld; psykiskt våld; psykisk misshandel; ekonomiskt våld; sexuellt våld; tvingar mig + sex;
tvingar mig till sex; våldtog mig; våldtagit mig; våldtagen av; destruktiv relation; destruktivt förhållande
knuffad av min; knuffar henne; knuffad + sambo; knuffad + man; knuffad + trapp* + sambo; tryckte upp mig;
tryckt upp mig; upp mot väggen; blått öga; blåslagen; blåslaget; slog sönder min telefon; slagit sönder min telefon;
tar min lön; tar min mobil; tog min telefon; får inte gå ut utan; går inte ut utan; kollar min telefon;
läser mina sms; maken väntar utanför; mannen väntar utanför; han väntar utanför; hittat min nya adress;
hittat min adress; sitter i bilen utanför; träffa en man + pappa; åka till hemlandet; skickas till hemlandet;
skickas utomlands; följer efter mig; dyker upp utanför; lägga ut bilder; min vuxna son slår; gå ut utan honom;
bestämmer vem jag; hot från exman; hot från expojkvän; jag överdriver + sambo; kvinnohus; inte hittar oss;
inte hittar mig; letar efter oss; letar efter mig + rädd; kan hitta mig; kan hitta oss; hitta mig igen;
måste ha skydd; behöver skydd; säkert ställe; säker plats; någonstans där han; någonstans han inte;
tvingar mig att stanna; tvingar mig stanna; stanna hemma + tvingar; kollar allt; kollar vart jag; kollar när jag;
kollar mig; sändare under min bil; sändare + bil; gömma telefonen; när jag skriver till er;
upptäcker att jag skriver; om han ser det här; lämnar någon som är farlig; någon som är farlig; min man + hemligt;
min man + får inte veta; min sambo + får inte veta; får inte veta att jag; klöser mig; kastar saker på;
kastar saker och; river mig; biter mig; bränner mig; bränt mig; spottar på mig; kallar mig värdelös;
värdelös + knuff*; hundra gånger om dagen; ringer + hotar; dyker upp överallt; dyker upp hela tiden; kudde över;
kudden över; märken runt handled*; märken + handled*; långärma* + märken; gift + mot min vilja; mot min vilja;
hotar mig; hotade mig
hotat mig; hotar att slå; hotar att skada; hotar att ta barnen; hotat mig flera; hotar min familj; hotar sin fru;
hot från mitt ex; hot från min; hot + mitt ex; hot + exman*; hot + expojkvän*; hotad av min; hotad av mitt;
blir hotad av; blivit hotad av; mitt ex hot*; min exman hot*; ex + hotar; exet hotar; exet + förfölj*;
exet + dyker upp; ex + står utanför; exman + står utanför; ex + spårar; ex + följer efter; förföljer mig;
förföljd av; förföljer + ex; stalk*; stalkar mig; spårar min telefon; gps + man; kontrollerar mig;
kontrollerar min telefon; kontrollerar mina pengar; kontrollerar allt; får inte gå ut + man; får inte gå ut ensam;
får inte träffa + vänner; får inte lämna hem*; får inte lämna lägenhet*; låser in mig; låst in mig;
håller mig inlåst; instängd av min; tar mina pengar + man; tagit mitt pass; tagit passet; tar min telefon
komma bort från min; komma bort från honom; komma bort från henne; komma ifrån min man; komma ifrån min sambo;
måste bort från; ta mig ifrån min; fly från min; fly från honom; flyr från; flytt från min; flytt från honom;
rymt från min man; lämna min man + rädd; lämna min sambo + rädd; lämna honom + rädd; lämna honom + våga*;
vågar inte lämna; vågar inte gå hem + man; vågar inte gå hem + han; vågar inte sova hemma; vågar inte åka hem + han;
vågar inte vara hemma; rädd för min man; rädd för min sambo; rädd för min make; rädd för min pojkvän;
rädd för min partner; rädd för min kille; rädd för min exman; rädd för mitt ex; rädd för honom; rädd för min bror;
rädd för mina bröder; rädd för min familj; rädd för min vuxne son; rädd för min son; rädd för sin man;
rädd för sin sambo; rädd för sin son; rädd hemma; rädd att gå hem + man; rädd att han; rädd för vad han;
rädd för vad han ska göra; skräckslagen; son + slår mig; son + hotar mig; son + slår sin mamma
kvinnojour*; kvinno jour; mansjour*; tjejjour*; kvinnofrid*; kvinnofridslinj*; skyddat boende; skyddade boende*;
skyddad bostad; skyddsboende; gömma mig; gömma mig för; kontaktförbud; besöksförbud; besöksförbudet;
bröt kontaktförbud*; polisanmäla min man; polisanmält honom; hedersförtryck; heders*; hedersvåld*; hederskultur;
hedersrelater*; tvångsgift*; giftas bort; bortgift*; gifta mig mot min vilja; mot min vilja + gift*;
tvingar mig att gifta; tvingas gifta mig; ska gifta bort mig; vill gifta bort mig; gifta bort min;
familjen bestämmer vem; familjen hotar mig; bröderna hotar; släkten hotar; balkongflick*; oskuldskontroll*
vold i nære; min mand slår; mannen min slår
husband is beating; husband beats; boyfriend beats; beating her; beats her; hits her; hitting her; he hits her;
black eye + husband; bruises + husband; bruises + boyfriend; pushed me; shoved me; against the wall;
find me if i leave; tracks my phone; takes my money; takes my salary; my brother + threat*; my family + kill*;
domestic violence; domestic abuse; domestically abused; he hits me; he hit me; she hits me; she hit me; he beats me;
he beat me; beats me; beating me; hits me; hitting me; hit me; my husband hits; my husband hit; my husband beats;
my husband beat; my boyfriend hits; my boyfriend hit; my boyfriend beats; my partner hits; my partner hit;
my partner beats; my ex hits; my wife hits; slaps me; slapped me; punched me; chokes me; choked me; strangled me;
kicked me; pushed me; abusive husband; abusive partner; abusive relationship; abusive boyfriend; abusive ex;
abusive marriage; abusive man; abused by my; violent husband; violent partner; violent boyfriend; violent ex;
violent man; husband is violent; partner is violent; threatens me; threatened me; threatening me; threatens to hurt;
threatens to hit; my husband threat*; my ex threat*; my partner threat*; my boyfriend threat*; afraid of my husband;
afraid of my partner; afraid of my boyfriend; afraid of my ex; afraid of him; scared of my husband;
scared of my partner; scared of my boyfriend; scared of my ex; scared of him; escape from my husband;
escape my husband; escape from him; get away from my husband; get away from my partner; get away from him;
leave my husband + afraid; leave my husband + safe; leave him + safe; women's shelter; womens shelter;
shelter for women; safe house; stalking me; stalked by; follows me everywhere; controls me; controls everything;
won't let me leave; not let me leave; locks me in; locked me in; took my passport; raped me; forces me;
honour violence; honor violence; honour-based; honor-based; forced to marry; forced marriage; restraining order
hän lyö minua; lyö minua; löi minua; mies lyö; mieheni lyö; mieheni löi; mieheni uhka*; uhkaa minua; uhkailee minua;
pelkään miestäni; pelkään häntä; perheväkival*; parisuhdeväkival*; väkivalta*; väkivaltai*; turvakoti*; turvakod*;
pahoinpitel* minua; exäni uhka*; vainoaa minua
يضربني; ضربني; زوجي يضرب*; زوجي ضرب*; زوجي يهدد*; زوجي عنيف; يهددني; هددني; يهدد بقتل*; يهددني بالقتل; أخاف من زوجي;
اخاف من زوجي; خائفة من زوجي; خايفة من زوجي; خائفة منه; اخاف منه; أخاف منه; عنف أسري; العنف الأسري; عنف منزلي;
العنف المنزلي; العنف الزوجي; اهرب من زوجي; أهرب من زوجي; الهروب من زوجي; ملجأ للنساء; مأوى للنساء; حماية من زوجي;
حماية من; يحبسني; حبسني; يعنفني; يعذبني; زواج قسري; إجباري على الزواج; تزويجي; جرائم الشرف; يجبرني; يتحكم بي; طليقي
i garaac*; igaraac*; wuu i garaac*; wuu i dil*; ninkayga + garaac*; ninkeyga + garaac*; ninkaygu + garaac*;
ninkaygu; wuu i hanjab*; i hanjab*; hanjab*; ninkayga + hanjab*; ka baqa* ninkayga; ninkayga ka cabs*; ka cabsan*;
ka baqay*; ka baqa*; gacan qaad*; gacanqaad*; qoyska + rabshad*; rabshad*; xadgudub*; dumar* + hoy*; guur khasab*;
khasab* + guur*; ka baxsa*; ka cararay*
شوهرم مرا می‌زند; شوهرم + میزند; شوهرم + می‌زند; مرا میزند; مرا می‌زند; من را می‌زند; منو میزنه; مرا کتک;
کتک می‌زند; کتک میزند; کتک; خشونت خانگی; خشونت; تهدید می‌کند; تهدیدم; مرا تهدید; از شوهرم می‌ترسم; از شوهرم میترسم;
ازدواج اجباری; خانه امن; شوهر + تهدید
ይወቅዓኒ; ትወቅዓኒ; ይሃርመኒ; ሰብኣየይ; የፈራርሓኒ; чоловік + бʼє; чоловік + б'є; бʼє мене; б'є мене; домашнє насильство;
погрожує мені; bije mnie; mąż mnie bije; mąż + bije; przemoc domowa; przemoc*; grozi mi; schlägt mich;
häusliche gewalt; bedroht mich; me pega; me golpea; violencia; kocam + döv*; beni dövüyor; şiddet; муж + бьет;
бьет меня; угрожает мне
""")

SIGNS = phrases("""
våld; våldsam; slår; slagit; slog; hotar; hotad; hot; rädd; livrädd; jätterädd; skräck; aggressiv; svartsjuk*;
kontroller*; kränker mig; förnedra*; trycker ner mig; lämna honom; lämna henne; fly; flydde; gömma; skydd; skyddad;
inte säker hemma; otrygg hemma; hemskt hemma; helvete; utbrott; tvingar; polisanmäl*; instängd; blåmärken; strypt*
violent; violence; abuse; afraid; scared; threat*; hurt; hurts; safe; عنيف; يخوفني; خائفة; تهديد; cabsi*; baqa*;
می‌ترسم; تهدید; pelkään; väkivalt*; uhka*
""")

WHO = phrases("""
min man; min sambo; min make; min pojkvän; min partner; min kille; mitt ex; min ex; exman; expojkvän; exet; maken;
sambon; pojkvännen; min fru; min flickvän; min bror; mina bröder; min familj; min släkt; sin man; sin sambo;
sin make; mannen; förhållande; relation
my husband; my boyfriend; my ex; my partner; my wife; my girlfriend; زوجي; طليقي; ninkayga; ninkeyga; ninkaygu;
شوهرم; mieheni; exäni
""")

NOT = phrases("""
slagit på; slog på mig; arbetsgivare* + sparkat; chef* + sparkat; jobbet + sparkat; slår mig som; slår mig att;
slog mig att; slog mig som; slår på; slår av; slår ut; slår till; slår in; slår upp
slår igen; slår an; slog upp; slog av; slog på; slår vad; klockan slår; slår sönder gung*; solen slår; det slog mig;
slår mig på; slår sönder rut*; slår sönder fönst*
hotar att falla; hotar att rasa; hotar regn; hotar att ramla; hotar med inkasso; hotar med kronofogd*;
hotar med vite; hotar att stäng*; hotar att lägga ner; hotar mig med inkasso; hotar mig med kronofogd*;
hotar att skicka; hotar att stämma; hotar att säga upp; hot om vite; hot om avstängning; utrotningshot*;
hotade arter; hotell*; hotmail; hotspot; hot dog; hotad art
rädd för ormar; rädd för hundar; rädd att missa; rädd om; brandman; min man och jag; jag och min man; min man och;
och min man; min sambo och jag; jag och min sambo; och min sambo; jag och min fru; min fru och jag; och min fru;
min mans; my husband and i; my wife and i; me and my husband; my partner and i
hit me up; beat me to; my ex-colleague; rädda*; räddning*
""")
