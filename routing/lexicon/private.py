"""What makes content sensitive (OSL 21, 25, 26 kap.;
GDPR art. 9): health, social services, money, family, protection."""

from __future__ import annotations

from routing.lexicon.lists import phrases

HEALTH = phrases("""
artros; reumatism; amputation; höft; höften; höfterna; knäoperation; ryggskott; ser dåligt; hör dåligt;
ser nästan inget; gula fläcken; starr; cp; =ms; =kol; stroken; hjärnblödning; blodpropp; kräk*; kräkts; spyr; spytt;
hostar; hosta; magont; blodtryck*; hjärtsjuk; dåligt hjärta; tappat minnet; oförmögen; sängliggande; bruten; brutit;
proteshöft; permobil; kan bara gå; går bara; kan inte kliva; kan inte böja; orkar inte mer; inte orkar mer;
ta livet; säga hej då; orkar inte leva; självskad*; svårt att ta mig; svårt att ta sig; kan inte ta bussen;
kan inte köra; förlossning*; föda; nyförlöst; utskriven från; psyket; psykakut*; avgiftning; full varje; nykter;
terapi; sluta spela; sluta dricka; kasino; casino; diagnos; diagnosen; ta livet av; ta mitt liv; vill inte leva;
orkar inte leva; autism*; adhd; asperger; downs; cp-skada; epilepsi; epileptisk; diabetes; diabetiker; insulin;
cancer; cancersjuk; tumör; stroke; hjärtinfarkt; hjärtsjuk; hjärtsvikt; kol + sjuk; parkinson; alzheimer*; demens;
dement; demenssjuk; ms-sjuk; reumat*; ledgångsreumatism; depression; deprimerad; ångest; panikångest; utbränd;
utmattningssyndrom; psykisk ohälsa; psykiskt sjuk; psykos; schizofreni; bipolär; självskad*; självmord*; ätstörning;
anorexi; missbruk*; alkoholist; alkoholproblem; dricker allt mer; dricker för mycket; beroende av; nykter;
abstinens; drogproblem; spelberoende; spelmissbruk
sjuk; sjukdom; sjukskriven; sjukskrivning; kronisk; kroniskt; långtidssjuk; svårt sjuk; allvarligt sjuk; opererad;
opererat; opererats; opererades; operation; höftoperation; bruten; brutit; bröt benet; bröt höften; bröt armen;
amputerad; amputerat; förlamad; halvsidesförlamad; rullstol; rullstolsburen; rullator; svårt att gå; svårt att röra;
svårt att andas; kan inte gå; går dåligt; har ont i; värk; smärta; smärtor; yrsel; ramlar ofta; inkontinens;
blöjor + vuxen; syn + nedsatt; nedsatt syn; synskadad; blind; döv; hörselskad*; hörselnedsättning; synnedsättning;
funktionsnedsättning; funktionshind*; rörelsehind*; rörelsenedsättning; utvecklingsstör*; intellektuell funktion*;
läkarintyg; läkarutlåtande; medicin; mediciner; medicinering; behandling; sjukhus*; utskriven från; palliativ;
dialys; syrgas; sondmat*; gravid; graviditet; missfall; abort; allergisk + barn; allergi + barn; astma; matförgift*;
magsjuk; magsjuka; kräks; kräktes; feber; infektion; covid; klarar sig inte; klarar sig inte hemma;
klarar inte sig själv; stödstrumpor; hjälp att duscha; hjälp med duschen; blåmärken; liggsår; minnet sviktar;
minnesproblem; glömsk; ligger på golvet; dyslexi; npf; språkstörning; trygghetslarm + mamma*;
trygghetslarm + pappa*; mår dåligt; mår jättedåligt; mår psykiskt; mår inte bra; ont i magen; hemmasittare;
får utslag; eksem; blodtryck
walker; bad hip; cannot walk; can't walk; cancer; vomit*; threw up; end it; diagnosed; disability; disabled + my;
autistic; wheelchair; depression; depressed; anxiety; cancer; surgery; operated; sick; illness; ill; pregnant;
medication; dementia; addicted; addiction; alcoholic; sairas; sairau*; muistisair*; dementia; leikkau*; masennu*;
pyörätuoli*; lääke*; syöpä*; diabeet*; مريض; مريضة; مرض; أمراض; السرطان; سرطان; اكتئاب; عملية جراحية; إعاقة; معاق;
حامل; دواء; الدواء; توحد; السكري; xanuun*; jir*an; bukaan; buka; uur leh; sonkorow; curyaan*; بیمار; بیماری;
افسردگی; معلول; حامله
""")

SOCIAL = phrases("""
försörjningsstöd + mitt; försörjningsstöd + min; mitt försörjningsstöd; får försörjningsstöd; fått försörjningsstöd;
har försörjningsstöd; fick försörjningsstöd; lever på försörjningsstöd; ansökt + försörjningsstöd; ansökt + bistånd;
sökt försörjningsstöd; sökte försörjningsstöd; avslag + försörjningsstöd; avslag + bistånd; min ansökan + bistånd;
sin ansökan + bistånd; ansökan om ekonomiskt bistånd; ansökan + försörjningsstöd; mitt bistånd; mitt socialbidrag;
min socialsekreterare; min handläggare på soc*; soc + hyra; soc + nekat; socialtjänsten + utred*; utredning + soc*;
orosanmäl*; far illa; barnmisshandel; omhändertag*; familjehem; fosterbarn; lvu; lvm; kontaktfamilj; vräk*; vräkt;
vräkta; avhys*; bostadslös*; hemlös*; ingenstans att bo; ingenstans att sova; sover i bilen; sover ute; utkastad;
akut boende
kvinnojour; skyddat boende; våld i nära; slår mig; slagit mig; slog mig; misshandla*; hotat mig; hotar mig;
hotad av; slår sin*; slår barn*; barn + misshandl*; våldsam*; övergrepp; våldtäkt; våldtagen; sexuella;
hedersförtryck; hedersvåld; tvångsgift*; stalk*; förföljer mig; mobbad; mobbas; mobbning; kränkt; kränkning;
kränkningar; kränkande; trakasser*; utsatt för; utfryst; god man + min; behöver god man; behöver en god man;
ansöka om god man; hemtjänst + min; min hemtjänst; lss-insats*; personlig assistans; avlösarservice; korttidsboende;
vårdar min; tar hand om min
homeless; evicted; abused; beaten; beats me; hits me; bullied; bullying; nowhere to live; nowhere to sleep; kiusa*;
väkival*; häätö*; asunnoton; يضرب*; ضرب*; عنف; تنمر; بلا مأوى; طردونا; garaac*; guri la'aan; hoy la'aan; خشونت; کتک
""")

MONEY = phrases("""
skuld; skulder; skulderna; skuldsatt; skuldsaner*; överskuldsatt; kronofogd*; inkasso + jag; inkassokrav;
löneutmät*; utmätning; betalningsanmärkning*; sms-lån; smslån; många lån; olika lån; lån + betala; har inga pengar;
inga pengar; pengarna är slut; pengarna räcker inte; pengar till mat; råd med mat; råd att betala; kan inte betala;
klarar inte att betala; klarar inte räkning*; betala hyran; hyran förfaller; obetald hyra; hyresskuld;
arbetslös + pengar; arbetslös + betala; blivit arbetslös; förlorat jobbet; blivit av med jobbet; ingen inkomst;
låg inkomst; min inkomst; min lön; min ekonomi; dålig ekonomi; ekonomiska problem; ekonomisk kris; spelat bort;
spelar bort; spelskuld*; kontoutdrag; mitt konto; konkurs + privat; anstånd + sjuk; fattig*; existensminimum;
fattigpensionär
debt; debts; can't afford; cannot afford; no money; no income; unemployed; can't pay; cannot pay; velka*; velkoja;
ei ole rahaa; työtön; ديون; دين; لا أملك المال; ليس لدي مال; لا يوجد مال; فقير; لا أستطيع الدفع; lacag ma hayo;
lacag malahan; deyn*; qaan*; shaqo la'aan; بدهی; قرض; پول ندارم
brev från skatteverket; brev från kronofogd*; brev från försäkringskassan; brev från socialtjänsten;
brev från tingsrätten; brev från migrationsverket; brev från inkasso*; رسالة + الضرائب; رسالة + المحكمة;
رسالة + التأمين*; رسالة + الهجرة; warqad + canshuur*; warqad + socdaal*; نامه + مالیات
""")

FAMILY = phrases("""
mitt ex; min ex; exman; exfru; exmannen; vårdnad; vårdnaden; vårdnadstvist; umgänge; umgänget; samarbetssamtal;
familjerätt*; faderskap*; dna-test; skilsmässa; skilja oss; skilja mig; skilt oss; separer*; separation;
skilda + barn; varannan vecka; barnens pappa; barnens mamma; barnets pappa; barnets mamma; får inte träffa + barn;
träffa mina barn; träffa min son; träffa min dotter; adopt*; familjekonflikt; otrohet; divorce; custody; my ex;
separated; طلاق; الطلاق; حضانة أطفال*; طلقني; طليقي; furriin*; furay; ero; eron; avioero*; huoltajuu*; طلاق
""")

PROTECTED = phrases("""
skyddade personuppgifter; skyddad identitet; skyddad adress; sekretessmarker*; sekretessmarkering;
skyddad folkbokföring; hemlig adress; kvarskrivning; fingerade personuppgifter; kontaktförbud; besöksförbud;
protected identity; secret address; confidential address; gömma mig; får inte veta var jag bor;
får inte veta var vi bor
""")

OWN_CASE = phrases("""
kvinna; man på; besökare; besökaren; herre; dam; tant; årig; åriga; årige; =år gammal; äldre man; äldre kvinna;
äldre dam; maken; makan; make; maka; svärfar; svärmor; systerdotter; systerson; brorson; brorsdotter; barnbarn;
barnbarnet; hustrun; kille; tjej; ett barn med; vi har ett barn; barnet; min mamma; mamma; mammas; min pappa; pappa;
pappas; min mor; min mors; min far; min fars; mormor; morfar; farmor; farfar; min man; min make; min maka; min fru;
min hustru; min son; vår son; sonen; min dotter; vår dotter; dottern; min bror; min syster; min sambo; mitt barn;
mina barn; vårt barn; våra barn; min moster; min faster; sin mamma; sin mor; sin far; sin pappa; sin man; sin fru;
sin make; sin maka; sin son; sin dotter; sin bror; mamman; pappan; änka; änkling
jag har; jag är; jag fick; jag får; jag bor; jag behöver; jag lever; jag kan inte; jag klarar; jag orkar; jag mår;
mitt ärende; mitt beslut; min ansökan; min handläggare; mina insatser; mina pengar; mitt stöd; har ansökt; har sökt;
fått avslag; fick avslag; har fått; inte fått; har inte fått; hans; hennes; brukare; brukaren; kvinna; man ringer;
kvinnan; mannen; ensamstående; klient; vi har fått; vi blir; vi är; vi har inte
my mother; my father; my son; my daughter; my husband; my wife; my brother; my sister; my child; my kids; i have;
i am; i'm; we are; my case; my application; äitini; isäni; mieheni; vaimoni; poikani; tyttäreni; minulla; minun;
أمي; أبي; والدتي; والدي; زوجي; زوجتي; ابني; ابنتي; أنا; لدي; عندي; hooyaday; aabahay; wiilkayga; gabadhayda;
xaaskayga; ninkayga; waxaan; مادرم; پدرم; پسرم; دخترم; شوهرم; همسرم; من
""")

SELF = phrases("""
jag; vi; mig; mej; min; mitt; mina; oss; vår; våra; vårt; hon; han; hans; hennes; henne; honom; hen; personer;
familjen; besökare; besökaren
i; me; my; we; our; he; she; her; his; minä; minun; minulla; olen; me; meidän; hän; أنا; نحن; لدي; عندي; waan;
waxaan; aan; aniga; من; ما; я; мій; моя; ja; mam; mój; moja
""")

ROLE = phrases("""
jag är god man; ny som god man; som god man; vi är en förening; jag är student; jag studerar; jag arbetar som;
jag jobbar som; jag är journalist; skolarbete; uppsats; examensarbete; vill arbeta som; vill jobba som; bli god man;
bli kontaktperson; bli kontaktfamilj; bli familjehem; bli ledsagare; lediga jobb; söker jobb; anställd
""")
