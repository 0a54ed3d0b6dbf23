"""Words by which somebody wants to come to an office, and words that show that they mean another place."""

from __future__ import annotations

from routing.lexicon.lists import phrases

WISH = phrases("""
boka; bokad; boka tid; avboka; omboka; =öppet; öppnar; =öppna; öppettid*; stängt; stänger; besöka; besök;
besökstid*; komma in; komma till; komma dit; komma förbi; kommer till er; kan jag komma; kan man komma;
får man komma; träffa; drop-in; dropin; på plats; finns på; hämta ut; lämna in; gå till; åka till; var ligger;
adressen; hitta till; hur hittar; ta mig till; tid hos; en tid; ledig tid; lediga tider; vilka tider; vilka dagar;
vilken tid; måndag*; tisdag*; onsdag*; torsdag*; fredag*; få hjälp på; hjälp på; finns det; har ni;
kan jag få hjälp; prata med; sitta ner
appointment; open; opening; close; closed; visit; come in; come to; drop in; where is; address; meet; help at;
how do i get
aika; ajan; varata; auki; avoinna; aukiolo*; palvelua; tulla; käydä; torstai*; maanantai*; tiistai*; keskiviikko*;
perjantai*
موعد; حجز; مفتوح; دوام; ساعات; أوقات; زيارة; أزور; مكتب; ballan*; fura*; xafiis*; imaan karaa; booqo*; وقت; باز;
دفتر; ቆጸራ; termin; cita; wizyt*; запис*
""")

OURS = phrases("""
kontor; kontoret; ert kontor; medborgarkontor*; servicepunkt*; servicekontoret i; infodisk*; info-disk*; kundtjänst;
samhällsvägledare; vägledare; vägledaren; it-värd*; drop-in; hos er; till er; hos kommunen; ni öppet; har ni; är ni;
finns ni; ligger ni; ni på; boka tid; budgetrådgivare; skuldrådgivare; konsumentvägledare; disken
office; citizen office; customer service; are you; guide; appointment; asiakaspalvelu*; toimisto*; palvelupiste*;
مكتب; المكتب; مرشد; xafiis*; hage*; دفتر; ቤት ጽሕፈት; büro; oficina; biuro; офіс*
""")

ELSEWHERE = phrases("""
bibliotek*; simhall*; badhus*; badplats*; skola; skolan; förskola; förskolan; dagis; vårdcentral*;
återvinningscentral*; äldreboende*; boendet; idrottsplats*; sporthall*; idrottshall*; lekplats*; ishall*; kyrka*;
affär*; butik*; restaurang*; torget; parkering*; fritidsgård*; gymmet; tandläkare*; apotek*; hållplats*;
busstation*; lägenhet
library; school; preschool; pool; playground; health centre; kirjasto*; uimahalli*; koulu*; مدرسة; مكتبة; روضة; dugsi*
""")
