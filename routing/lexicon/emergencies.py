"""Emergencies put together: who or what, and what happens to it. Each pair alone is enough for acute danger."""

from __future__ import annotations

from routing.lexicon.lists import pairs

FIRE = pairs(
    "eld; elden; lågor; lågorna; brand; branden; tjock rök; svart rök",
    "sprider sig; sprids; slår ut; taket; fönst*; trappan; trapphus*; lägenhet*; huset; bilen; garage*; vägg*; skynda; "
    "barn kvar; inne",
) + pairs(
    "tänt eld på; tände eld på; eldat upp; satt eld på; fattat eld; tagit eld; börjat brinna; ryker; pyr; gnistrar; "
    "sprakar",
    "hus*; bil; bilen; dörr*; trapp*; port*; lägenhet*; container*; elskåp*; balkong*; skog*; gräs*; stolp*; lyktstolp*; "
    "skol*; kabel; kablar; ledning",
)  # fmt: skip

DOWN = pairs(
    "ligger i snön; ligger i en snödriva; ligger i diket; ligger i trappan; ligger i backen; ligger utanför; "
    "ligger på marken; ligger på trottoaren; ligger på gatan",
    "man; mannen; kvinna; kvinnan; gubbe; gubben; tant; person; människa; någon; kille; tjej; herre; dam; en som",
) + pairs(
    "ligger; sitter; hittade; hittat; fallit ihop; föll ihop; ramlat ihop; segnat ner; kollapsa*; svimmat; svimmade",
    "rör sig inte; rör inte på sig; skakar; krampar; blodig; blöder; medvetslös; svarar inte; reagerar inte; "
    "vaknar inte; blå i ansikt*; blå om; grå i ansikt*; förvirrad och frusen; nedkyld; andas; stönar; rosslar; livlös; "
    "fradga",
) + pairs(
    "han; hon; mannen; kvinnan; mamma; pappa; min man; min fru; mor; far; barnet; bebis*; grannen; gubben; personen; "
    "son; dotter; bror; syster; kompis; vän",
    "andas inte; andas konstigt; andas knappt; slutat andas; svårt att andas; svårt att få luft; får ingen luft; "
    "vaknar inte; går inte att väcka; inte liv i; inte kontakt med; medvetslös; avsvimmad; krampar; mungipan; "
    "ansiktet hänger; pratar osammanhängande; sluddrar; blöder kraftigt; blöder mycket; blöder jätte*; slutar inte blöda; "
    "tryck över bröstet; ont i bröstet; kallsvettig; svalt; svullnar; stängt in sig; låst in sig",
)  # fmt: skip

WEAPON = pairs(
    "kniv; knivar; pistol; gevär; vapen; yxa; machete; automatvapen; skjutvapen; handgranat; bomb; sprängmedel; svärd; "
    "hammare",
    "man; en kille; killar; kille; mannen; gubbe; person; någon; ungdom*; i handen; utanför; skolan; skolgård*; torget; "
    "tunnelban*; bibliotek*; affären; går runt; springer; viftar; hotar; hotade; hugg*; skjut*; sköt; slåss; slagsmål; "
    "rånar; dörren",
) + pairs(
    "någon; en person; en man; en kille; en tjej; en kvinna; grannen; min son; min dotter; han; de",
    "blev huggen; blivit huggen; nyss huggen; knivhugg*; blev =skjuten; blivit =skjuten; =skjuten; misshandlas nu; "
    "blir misshandlad; blir slagen av tre; slagen just nu; får stryk just nu; sparkas på; ligger blodig; blodig i",
)  # fmt: skip

WATER = pairs(
    "fallit i; ramlat i; trillat i; föll i; ramlade i; trillade i; hoppat i; gått ner sig; gått igenom; gick igenom; "
    "hoppade i",
    "vattnet; ån; älven; sjön; bassängen; kanalen; hamnen; vaken; brunn; brunnen; dammen; viken",
) + pairs("barn; barnet; pojke; pojkar; flicka; flickor; någon; man; kvinna; hund; unge; ungar; skridsko*",
    "ute på isen; går på isen som; isen håller inte; isen brast; isen gick sönder; genom isen; "
    "kommer inte upp; drunkn*; flyter i; i vattnet som inte")  # fmt: skip

INTRUDER = pairs(
    "försöker; någon; en man; en okänd; främmande; okänd man; inbrottstjuv; tjuv*; de",
    "få upp min dörr; få upp dörren; bryta sig in; bryter sig in; bryta upp dörren; ta sig in; är inne i min; "
    "är inne hos; inne i min lägenhet; inne i huset; slår på dörren; bankar på dörren; bultar på dörren; rycker i dörren; "
    "sparkar på dörren; klättrar in; slå in dörren",
)  # fmt: skip

DESPAIR = pairs(
    "vill inte; orkar inte; finns ingen anledning; ingen anledning; ingen mening; inte längre; vill inte längre; "
    "finns inget; slipper; slippa; trött på; orkar ej",
    "=leva; leva; leva längre; leva mer; fortsätta leva; att leva; vara med längre; finnas; finnas till; finnas kvar; "
    "livet; vakna; vakna mer; vakna upp; existera; vara vid liv",
) + pairs(
    "ta; tagit; tar; tog; svalt; svälja; svalde; äta",
    "alla tabletter*; alla mina tabletter; alla mina piller; alla sina; burk tabletter; hela burken; massa tabletter; "
    "massa piller; många tabletter; för många tabletter; sömntabletter; överdos",
) + pairs(
    "jag; mig; han; hon; henne; honom; kompis; vän; son; dotter; bror; syster; mamma; pappa; kollega",
    "göra slut på det; göra slut på allt; göra slut på sitt; avskedsbrev; avskedsmeddelande; avskeds-sms; tar farväl; "
    "tagit farväl; säger hej då för alltid; försvinna för alltid; ha det bättre om jag; bättre om jag inte fanns; "
    "bättre utan mig; om jag inte fanns; är det slut ikväll; i kväll är det slut; hoppa från; hoppa framför; hoppar från; "
    "ska hoppa; tänker hoppa; står på bron; står på taket; sitter på taket; hänga sig; hänga mig; =skjuta sig; "
    "=skjuta mig; skära sig; skära mig; skadar mig; göra mig själv illa; göra sig illa; ta sitt liv; ta livet; "
    "rädd för vad jag kan göra; vad jag kan göra mot mig; inte vill leva; inte vilja leva; inte orkar leva; hellre dö; "
    "vill dö; vill dö nu; självmordstankar; tankar på att dö",
) + pairs("förlåt; förlåt för allt; förlåt mig; ta hand om",
    "barnen när jag; min katt; min hund; hej då; adjö; för allt; orkar inte; det är slut")  # fmt: skip

TRAPPED = pairs(
    "fastklämd; sitter fast; instängd; instängda; kommer inte ut; kvar i; under",
    "föraren; bilvrak*; hiss + ont; lastbil; träd*; rasat; rasade; hus* + rök; brand; bil* + krock; traktor; grävmaskin; "
    "schakt; raset; klätterställning*",
) + pairs("elledning; elkabel; kraftledning; strömkabel; elkablar; kabel",
    "ramlat; fallit; hänger ner; ligger på; på marken; gnistrar; brustit; nere; lös")  # fmt: skip

ENGLISH = pairs(
    "he; she; man; woman; my father; my mother; my husband; my wife; my son; my daughter; my friend; neighbour; "
    "neighbor; someone; somebody; baby; child; person",
    "not breathing; isn't breathing; collapsed; unconscious; not waking up; won't wake up; does not wake; "
    "not responding; unresponsive; bleeding; chest pain; fell through; drowning; in the water; in the river; overdose; "
    "took pills; took too many; kill himself; kill herself; goodbye message; suicide note; wants to die; wanted to die; "
    "is choking; having a seizure; stabbed; has been shot; with a knife; with a gun; with an axe; has a knife; has a gun; "
    "breaking in; on the ledge; on the bridge; jump from; going to jump",
) + pairs("i; i'm; me; my", "want to die; wanna die; kill myself; end my life; end it all; end it tonight; "
    "be over tonight; no point in living; no reason to live; can't go on; took all my pills; all my pills; overdose; "
    "standing on the bridge; jump off; hurt myself; cut myself; don't want to be here; don't want to wake up; "
    "better off without me; better off dead; not want to live; tired of living") + pairs(
    "fire; smoke; flames; burning", "apartment; building; house; kitchen; basement; stairs; staircase; window; roof; "
    "car; trapped; forest; neighbour; neighbor; door; flat")  # fmt: skip

ALL = FIRE + DOWN + WEAPON + WATER + INTRUDER + DESPAIR + TRAPPED + ENGLISH
