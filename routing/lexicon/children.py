"""A child who may be harmed (SoL 2025:400, 19 kap.): one of `SURE` is enough, or two of `SIGNS` and one of `WHO`."""

from __future__ import annotations

from routing.lexicon.lists import phrases

SURE = phrases("""
giftas bort + *flick*; giftas bort + elev*; giftas bort + år*; giftas bort + syster*
orosanmäl*; oros-anmälan; oro + barn + anmäl*; anmäla oro; anmälan om oro; orolig för barn*; orolig för ett barn;
orolig för ett litet barn; orolig för ett par barn; oroliga för barn*; orolig för grannens*;
orolig för min syst* barn; orolig för min bror* barn; orolig för grannbarn*; orolig för flickan; orolig för pojken;
orolig för en flicka; orolig för en pojke; orolig för en elev; orolig för elev*; orolig för mina barnbarn;
orolig för mitt barnbarn; orolig för barnbarn*; oro för barn*; oro för ett barn; oro för en elev; oro för flick*;
oro för pojk*
barn far illa; barn som far illa; barnet far illa; barnen far illa; far illa + barn; fara illa + barn;
flickan far illa; pojken far illa; barn + inte har det bra; barnen + inte har det bra; barnet + mår inte bra hemma
dra ett barn i; drog ett barn i; drar barnet; slita tag i + barn; slet tag i + barn; skulle få stryk; får stryk;
få stryk + barn; stryk + hemma; brännmärke*; märke på halsen; märken på halsen; mamma inte vaknar;
mamman inte vaknar; mamma vaknar inte; bebisen skriker + timmar; bebis skriker; bebisen skriker; lämnas i vagnen;
lämnas ensam; lämnas ensamma; tigger mat; tigger + barn; ute själva + barn; ute själva + pojkar;
ute själva + flickor; går själva + barn; små pojkar + ute; fem år + själva; smutsiga kläder; smutsig och hungrig;
utan mat + barn; ingen mat hemma + barn; kompis + bråk hemma; bråk hemma; pappa slår; sagt att pappa;
sagt att mamma slår; rädd när pappa*; rädd när mamma*; rädd när pappan kommer; dunka* + treåri*; dunka* + barn*;
dunka* + mot väggen; kasta* + barn* + väggen; själv i bilen; ensam i bilen + år*; slår barn*; slår sitt barn
slår sina barn; slår sin son; slår sin dotter; slår sin unge; slår ungarna; slår ungen; slår pojken; slår flickan;
slår henne + flicka; slår honom + pojke; slå sitt barn; slå sina barn; slog sitt barn; slog sin son;
slog sin dotter; slog barnet; slagit sitt barn; slagit barnet; slagit sin son; slagit sin dotter;
slår + mina syskon; slår + min lillebror; slår + min lillasyster; slår + lillebror; slår + lillasyster; pappa slår;
mamma slår; pappa slår mig; mamma slår mig; min pappa slår; min mamma slår; styvpappa + slår; styvpappan slår;
pappan slår; mamman slår; slår hans pappa; föräldrarna slår; blir slagen hemma; blir slagna hemma;
blir slagen av sin; slagen av sin pappa; slagen av sin mamma; örfil + barn*; örfilar + barn*; lugga* + barn;
drar + håret + barn; nyper + barn; ruskar + bebis; skakar + bebis; skakar + barnet; bebis + skak*
barnmisshandel; misshandlar + barn; misshandlas + barn; misshandlar sina barn; barn + misshandlad; barnaga;
aga + barn; våld mot barn; blåmärken + barn; blåmärken + flicka*; blåmärken + pojke*; blåmärken + elev;
blåmärken + dotter; blåmärken + son; blåmärken + år; märken + kroppen + barn
vanvård* + barn; vanvårdade barn; försumma* + barn; barnen + hungriga; barnet + hungrig; barn + aldrig mat;
barn + inte får mat; barn + får ingen mat; barnet + tunna kläder; barn + utan vinterkläder; barn + smutsiga kläder;
barnen + smutsiga; barn + utan tillsyn; barn + ensam hemma; barn + ensamma hemma; barnen + ensamma;
barnen lämnas ensamma; barnet lämnas ensam*; lämnar barnen ensamma; lämnar barnet ensamt; lämnar sina barn;
lämnar sin son ensam; lämnar sin dotter ensam; ensam ute + barn; barn + ensamt ute;
liten flicka + ensam; liten pojke + ensam; treåring + ensam; fyraåring + ensam; femåring + ensam;
barn + ute på natten; barn + ute sent; barnen + ute sent; barn + springer ute; bebis + lämnad; bebisen + ensam;
spädbarn + ensam; barn + låst in; barnet + inlåst; låser in + barn; inlåst på rummet
barn + gråter + varje; barn + gråter + skriker; barn + gråter + kväll*; barn + gråter + natt*;
barn + skriker + natt*; barn som gråter; *flick* + gråter varje; *pojk* + gråter varje; *flick* + gråter hela;
*pojk* + gråter hela; *flick* + balkong* + gråter; barn + balkong* + gråter; unge + gråter varje; ungarna + gråter;
bebis + gråter varje; barn + skrik* + lägenhet*; barn + skriker + vuxna; barn + skriker och gråter; barnskrik;
barngråt; barnet gråter hela; barnen gråter + vuxna; bebis + gråter + timmar; barn + rädd för pappa;
barn + rädd för mamma; flick* + rädd för att gå hem; pojk* + rädd för att gå hem; elev + gå hem;
*flick* + vågar inte gå hem; *pojk* + vågar inte gå hem; barn + vågar inte gå hem; unge + gå hem;
*flick* + vill inte gå hem; *pojk* + vill inte gå hem; hellre dör; hellre dö; hellre dog
inte åka hem till pappa; rädd för sin pappa; rädd för sin mamma; rädd för sin styvpappa; rädd för pappa;
rädd för barnet; rädd för barnen
full + barn; fulla + barn; dricker + barnen; dricker + barn; dricker + små barn; berusad + barn; berusade + barn;
påverkad + barn; missbruk* + barn; missbrukar + barn; droger + barnen; droger + bebis; knarkar + barn;
mamman dricker; pappan dricker; mamma dricker; föräldrarna dricker; föräldrar som dricker; föräldrarna + missbruk*;
föräldrar + droger; gravid + droger; gravid + dricker; gravid + missbruk*
sexuella övergrepp + barn; övergrepp + barn; sexuellt + barn; övergrepp + dotter; övergrepp + son; utnyttja* + barn;
tafsa* + barn; tar på + flicka*; våldtagen + dotter; våldtagen + 14 år; barnporr*; könsstymp*; omskär*;
barnäktenskap; gifta bort + dotter; gifter bort + dotter; föras utomlands; förs utomlands + gift*;
bortrövad + barn; för ut + barnet + landet; åldersskillnad + 13 år
barn + utsätts för våld; barn + bevittna*; barn + bråk + hemma; barnen ser + slår; barnen hör + slår;
barnen + hotar; hot + barnen; hotar barnen; hotar att döda barn*; slåss + barnen; bråkar + barnen skriker;
bråk + barn skriker; barn + far illa + mormor; barnbarn + far illa; barnet + hos pappan + rädd
socialtjänsten + barn + anmäla; anmäla + förälder; anmäla en förälder; anmäla föräldrar*; anmäla en familj;
anmäla + mamma + barn; anmäla att ett barn; anmälningsplikt*; anmälningsskyld*; barn + rymt; dotter + rymt;
son + rymt; rymt hemifrån; dotter + försvunnen; son + försvunnen; min dotter är borta; min son är borta;
barn har det dåligt; barn har det svårt; barn + har det svårt hemma; har det svårt hemma; har det dåligt hemma;
har det illa; utan vuxen; utan vuxna + liten; inga vuxna hemma; inga föräldrar hemma; föräldrarna sover;
föräldrarna är aldrig hemma; sköter om sina småsyskon; tar hand om sina småsyskon; röker hasch + barn*;
hasch inne hos; sparka* + sin lilla; sparka* + sin son; sparka* + sin dotter; småbarn + fest; små barn + fest;
fyra barn + inget vatten; barn + utan el; barn + utan värme; kissar på sig + röst*; kissar på sig + rädd;
utan jacka + sent; utan jacka + mörk*; ute på gården + mörkr*; värvad + gäng; värvad av; rekryterad + gäng;
kriminella killar; äldre kriminella; säljer knark + år*; sextonåri* + gäng; femtonåri* + gäng; rånar andra;
son + rånar; borta hela nätterna; kommer inte hem + år*; fjortonåri* + kommer inte hem;
femtonåri* + kommer inte hem; tolvåri* + ensam*; tioåri* + ensam*
tonåring + borta; skär sig + dotter; skär sig + son; skär sig själv + år; dotter + självskad*; son + självskad*;
dotter + äldre män; son + kriminell*; son + gäng; dotter + gäng; 13-åring + gäng; säljer droger + son; son + säljer;
son + dras in; dras in i + kriminalitet
hit her hard; hit him hard; hit the boy; hit the girl; hits the boy; hits the girl; screams at her; screams at his;
screams at the child*; shouting at the child*; little girl + crying; little boy + crying; baby + drugs;
baby + alone; using drugs + baby; drunk + baby; drunk + kids; afraid of his father; afraid of her father;
comes without food; leaves her + alone; leaves his + alone; leaves their + alone; year old + alone;
kids scream + hitting; children scream + hitting; hear hitting; hear them hit; kids + screaming; dragged + kid;
dragged + child; dragged her kid; by the hair; slapped + kid; slapped + child*; slapping + child*; child is being;
worried about a child; worried about the child*; worried about my neighbour's
worried about my neighbor's; concerned about a child; concern for a child; report concern; report a concern;
report child; child abuse; abused child; abusing + child; hits his child*; hits her child*; hitting + child;
beats his child*; beats her child*; beating + child*; beating his kid*; hits the kid*; hit the child; hits her kid*;
hits his kid*; hits the child*; child + crying + every; kid + crying + every; child + bruises; kid + bruises;
boy + bruises; girl + bruises; children + alone; child + alone; kids + alone; child + left alone; child neglect*;
neglected child*; child + hungry; children + hungry; kids + hungry; child + afraid; dad hits; mom hits;
father hits me; mother hits me; father beats; mother beats; my stepfather; sexual abuse + child; forced to marry;
forced marriage; female genital
huolissani lapse*; huoli lapse*; lapsi + yksin; lasta lyödään; lyö lasta; lyö lapsia; lapsi + itkee;
lapset + itkevät; lapset + yksin; lastensuojeluilmoitu*; isä lyö; äiti lyö; pahoinpite* + laps*
قلق على طفل; قلقة على طفل; قلق على الأطفال; قلقه على; يضرب أطفال*; يضرب الأطفال; يضرب اطفاله; يضرب طفل*; تضرب طفل*;
يضرب ابنه; يضرب ابنته; تضرب ابنها; تضرب أطفالها; ضرب الأطفال; طفل + يبكي; الطفل + يبكي; أطفال + يبكون;
الأطفال + وحدهم; طفل + وحده; الطفل + وحده; أبي يضربني; ابي يضربني; أمي تضربني; والدي يضربني; إساءة + طفل; عنف + طفل;
عنف + أطفال; تزويج + ابنة; كدمات
ilmo* + garaac*; ilmaha garaac*; carruur* + garaac*; caruur* + garaac*; carruurta + garaac*; ilmaha + ooy*;
ilmo + ooy*; cunug* + ooy*; carruurta kaligood; ilmo kaligiis; walwal* + ilmo*; walwal* + carruur*; walaac* + ilmo*;
walaac* + carruur*; aabe + garaac*; aabahay + garaac*; hooyaday + garaac*
نگران کودک; نگران بچه; نگران یک بچه; بچه + می‌زند; بچه + میزند; بچه‌ها را می‌زند; کودک آزاری; بچه + گریه; کتک + بچه;
کودک + تنها; پدرم + میزند; پدرم مرا می‌زند; dziecko + płacze; bije dziecko; bije dzieci; дитин* + плаче; бʼє дитину;
б'є дитину; çocuk + dövü*; schlägt + kind*
""")

SIGNS = phrases("""
orolig; oroliga; oro; far illa; gråter; gråt; blåmärken; blåmärke; hör skrik*; skriker; skrik; slår; slagen;
misshandl*; hotar; hot; rädd; rädda; livrädd; hungrig*; smutsig*; ensam hemma; lämnas ensam*; full; berusad;
missbruk*; dricker; drog*; knark*; anonym; socialjour*; misstänker; misstanke; vanvård*; försumm*; övergrepp;
skadar sig; skär sig; mår dåligt; rymt; våld; utsatt
crying; cries; screaming; bruise*; neglect*; anonymous; afraid; scared; hit; hits; beaten; drunk; alone; worried;
itkee; pelkää; huolissa*; يبكي; خائف; قلق; وحده; ooy*; cabsi*; baqa*
""")

WHO = phrases("""
litet barn; små barn; småbarn; ett barn; barnet; barnen; barn; flicka; flickan; pojke; pojken; bebis; bebisen;
spädbarn; lillasyster; lillebror; småsyskon; grannbarn*; tioåring; nioåring; åttaåring; sjuåring; sexåring;
femåring; fyraåring; treåring; tvååring; barnbarn; elev; eleven; förskolebarn
child; children; kid; kids; baby; toddler; little boy; little girl; lapsi; lapset; lapsen; طفل; الطفل; أطفال;
الأطفال; ilmo*; ilmaha; carruur*; caruur*; کودک; بچه
""")

NOT = phrases("""
oroliga för barnens säkerhet; orolig för barnens säkerhet; för barnens säkerhet;
oroliga för barnens skolväg
barnens säkerhet; barns säkerhet; barnens skolväg; orolig för barnens skol*; orolig för hur inskol*;
rädda för att barn*; orolig för inskol*; oroliga för inskol*; orolig för hur; oroliga för hur; orolig för fakturan;
orolig för skolval*; orolig för att missa; orolig för plats*; oroliga för trafik*
orolig för trafik*; orolig för att de ska bli påkörda; orolig för min vuxne son; orolig för min vuxna;
orolig för min mamma; orolig för min pappa; orolig för min man; orolig för min fru
slår sig; slog sig; slagit sig; slår ihjäl tid; barn + slår sig; barnet slog sig; ramlade + slog; barn + gunga*;
gunga* + ramla*; gungan; lekplats*; lekplatsen; ställa i kö; skolval; förskolekö; barnkalas; barnvagn; barnbidrag;
simskola; barnboksf*; barnfilm; barnteater; barncykel; barnstol; vildsvin*; hund + slår
rädd för hund*; rädda för hund*; rädd för vildsvin*; rädda för vildsvin*; rädd för fågl*; rädd för råttor;
rädd för råtta; rädd för mås*; rädd för bil*; rädda för bil*; rädd för trafik*; rädda för trafik*;
rädd för att cykla; rädd för mörk*; rädda för mörk*; rädd för tandläk*
""")
