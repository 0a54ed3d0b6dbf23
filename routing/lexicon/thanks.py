"""Thanks, and what people say around them and no more: greetings, praise, wishes, closings.

Phrases are separated by commas and line breaks. What could answer a question or tell something new is not here: not
`ja`, `nej`, `gärna`, `det fungerar nu`, and not `på förhand`, which goes before what is asked for. Nor is what takes
leave (`adjö`, `tack för allt`, `hej då`): that is for a person to read. `NO_NAMES` turns round or answers what stands
beside it, also where somebody is called so.
"""

from __future__ import annotations

THANKS = """
tack, tackar, tack tack, tusen tack, stort tack, jättetack, många tack, hjärtligt tack, varmt tack, ett stort tack
ett varmt tack, tack så mycket, tackar så mycket, tack så jättemycket, tack så hemskt mycket, tack så väldigt mycket
jag tackar, vi tackar, tack snälla, snälla tack, och tack, och tack så mycket, och tusen tack, tack ska du ha, tack ska ni ha, tack skall du ha
tack skall ni ha, tackar tackar, tack igen, tacksam, mycket tacksam, stort tack igen
thanks, thank you, many thanks, thanks a lot, thanks so much, thanks very much, thank you so much
thank you very much, thank you a lot, thanks a million, big thanks, thanks again, thank you again, thx, thnx, tnx, ty
much appreciated, greatly appreciated, i appreciate it, i really appreciate it, we appreciate it, much obliged
kiitos, kiitoksia, kiitti, kiitos paljon, paljon kiitoksia, suuret kiitokset, suurkiitos, tuhannet kiitokset
tuhat kiitosta, kiitän, kiitos kovasti, isot kiitokset, lämpimät kiitokset, monet kiitokset
takk, tusen takk, mange takk, takk skal du ha, takk skal dere ha, tak, mange tak, tusind tak, tak skal du have
tak skal i have, hjertelig tak
danke, danke schön, danke sehr, vielen dank, herzlichen dank, besten dank, tausend dank, vielen lieben dank
merci, merci beaucoup, un grand merci, mille mercis
gracias, muchas gracias, mil gracias, muchísimas gracias
dziękuję, dziekuje, dzięki, dzieki, dziękuję bardzo, dziekuje bardzo, bardzo dziękuję, bardzo dziekuje, wielkie dzięki
дякую, дуже дякую, щиро дякую, спасибі, велике спасибі, спасибо, большое спасибо, спасибо большое, благодарю
hvala, hvala puno, puno hvala, hvala lijepo, hvala lepo, hvala vam, hvala ti
teşekkürler, teşekkür ederim, çok teşekkürler, çok teşekkür ederim, sağ ol, sağ olun, sağol, sağolun
spas, gelek spas, zor spas, سوپاس, زۆر سوپاس
mahadsanid, waad mahadsantahay, waad mahadsan tahay, aad baad u mahadsantahay, aad ayaad u mahadsantahay
aad iyo aad baad u mahadsantahay, mahadsanidiin, waad mahadsantihiin
شكرا, شكراً, شكرا جزيلا, شكراً جزيلاً, شكرا لك, شكراً لك, شكرا لكم, شكراً لكم, الف شكر, ألف شكر, شكرا كثيرا
ممنون, ممنونم, خیلی ممنون, متشکرم, خیلی متشکرم, تشکر, بسیار تشکر, سپاسگزارم, مرسی, خیلی مرسی, ممنون از شما
የቐንየለይ, ብጣዕሚ የቐንየለይ, የቕንየለይ, አመሰግናለሁ
"""

PLEASANTRIES = """
hej, hejsan, hej hej, hallå, hej igen, god morgon, godmorgon, god dag, goddag, god eftermiddag, god kväll, godkväll
och ha en bra dag, och ha en fin dag, och ha en trevlig dag, och ha det bra, och ha det fint, och ha det gott
och trevlig helg, och ha en trevlig helg, och ha en fin helg, och ha en bra helg, och god jul, och glad påsk
och gott nytt år, och trevlig sommar, och glad sommar, och glad midsommar, och trevlig kväll, och fortsatt trevlig dag
och allt gott, så mycket, så jättemycket, så hemskt mycket, jättemycket, igen, än en gång, ännu en gång, återigen, verkligen
till dig, till er, till er alla, till dig med, detsamma, tack detsamma, från mig, från oss, snälla, snälla du
snälla ni, allihop, allesammans
för hjälpen, för all hjälp, för all hjälpen, för din hjälp, för er hjälp, för den snabba hjälpen, för snabb hjälp
för den fina hjälpen, för bra hjälp, för god hjälp, för svar, för svaret, för ditt svar, för ert svar
för snabbt svar, för det snabba svaret, för ditt snabba svar, för ert snabba svar, för bra svar, för utförligt svar
för ett snabbt svar, för ett bra svar, för ett snabbt och bra svar, för snabbt och bra svar, för snabba svar
för ett utförligt svar, för ditt utförliga svar, för informationen, för information, för info, för infon
för den informationen, för din information, för er information, för upplysningen, för upplysningarna, för beskedet
för besked, för snabbt besked, för det snabba beskedet, för återkopplingen, för återkoppling, för snabb återkoppling
för din återkoppling, för er återkoppling, för den snabba återkopplingen, för mejlet, för mailet, för ditt mejl
för ditt mail, för vänligheten, för din vänlighet, för er vänlighet, för omtanken, för engagemanget
för ditt engagemang, för ert engagemang, för bemötandet, för ett bra bemötande, för gott bemötande
för fint bemötande, för det fina bemötandet, för servicen, för bra service, för den fina servicen, för snabb service
för fin service, för god service, för tiden, för din tid, för er tid
för klargörandet, för förtydligandet, för länken, för länkarna, för tipset, för tipsen
för att du hjälpte mig, för att ni hjälpte mig, för att du hjälper mig, för att ni hjälper mig
för att du svarade, för att ni svarade, för att du svarade så snabbt, för att ni svarade så snabbt
för att du tog dig tid, för att ni tog er tid
bra, jättebra, mycket bra, så bra, vad bra, toppen, perfekt, kanon, kanonbra, super, superbra, utmärkt, underbart
fantastiskt, härligt, strålande, suveränt, vad fint, vad skönt, vad snällt, vad roligt, så snällt, så fint
vad snäll du är, vad snälla ni är, snällt av dig, snällt av er, det var snällt av dig, det var snällt av er
det var snällt, ni är bäst, du är bäst, ni är fantastiska, du är fantastisk, ni är toppen, du är toppen
ni är guld värda, du är guld värd, vilken service, vilken bra service, vilken fin service, bra service
vilket snabbt svar, vilket bra svar, snabbt svar, bra jobbat, guldstjärna, det uppskattas, uppskattas
jag uppskattar det
vi uppskattar det, det är jag tacksam för, mycket uppskattat, ok, okej, okey, oki, då vet jag, då vet jag det
då vet vi, nu vet jag, nu vet jag det, då förstår jag, nu förstår jag, jag förstår
ha en bra dag, ha en fin dag, ha en trevlig dag, ha en härlig dag, ha en fortsatt bra dag, ha en fortsatt fin dag
ha en fortsatt trevlig dag, fortsatt bra dag, fortsatt fin dag, fortsatt trevlig dag, ha det bra, ha det fint
ha det så bra, ha det så fint, ha det gott, ha det, ha en bra helg, ha en fin helg, ha en trevlig helg
ha en skön helg, trevlig helg, trevlig helg på dig, trevlig helg på er, glad helg, skön helg, fin helg, trevlig kväll
ha en trevlig kväll, ha en fin kväll, ha en bra kväll, ha en bra vecka, ha en fin vecka, trevlig vecka, glad påsk
god jul, gott nytt år, god jul och gott nytt år, god fortsättning, trevlig sommar, glad sommar, ha en fin sommar
ha en bra sommar, glad midsommar, trevlig semester, allt gott, må så gott
önskar, önskar jag, önskar vi, på dig, på er, kram, kramar, en nöjd invånare, en nöjd kommuninvånare
mvh, m v h, mvh från, vh, med vänlig hälsning, med vänliga hälsningar, vänlig hälsning, vänliga hälsningar, hälsning
hälsningar, hälsningen, bästa hälsningar, bästa hälsning, varma hälsningar, med bästa hälsningar, många hälsningar
soliga hälsningar, hälsar, vänligen
skickat från min iphone, skickat från min ipad, skickat från min mobil, skickat från min telefon, skickat från min enhet
skickat från outlook för ios, skickat från outlook för android, hämta outlook för ios, hämta outlook för android
skickat från min android, skickat från min samsung, skickat från yahoo mail för iphone
sent from my iphone, sent from my ipad, sent from my phone, sent from outlook for ios, sent from outlook for android
get outlook for ios, get outlook for android, sent from my samsung galaxy smartphone, sent from my android
hi, hello, hi again, hello again, good morning, good afternoon, good evening, dear, and, again, so much, very much
a lot, once again, indeed, for your help, for the help, for all your help, for all the help, for helping me
for helping us, for helping, for your answer, for the answer, for answering, for your reply, for the reply
for your quick reply, for the quick reply, for your prompt reply, for your fast reply, for the fast reply
for your response, for the response, for your quick response, for the quick response, for your prompt response
for your fast response, for the fast response, for the information, for the info, for your information
for letting me know, for letting us know, for getting back to me, for getting back to us, for your time
for your kindness, for your support, for your assistance, for the assistance, for the link, for the links
for the update, for your email, for the email, for your message, for the clarification
for explaining, for the explanation, to you, to you all, everyone, you are the best, you're the best, you are great
you're great, you are very kind, you're very kind, that is very kind, that's very kind, very kind of you
that was very kind of you, great, perfect, excellent, wonderful, brilliant, awesome, fantastic, lovely, super, nice
good, very good, great service, great help, that is great, that's great, that is perfect, that's perfect, ok, okay
i see, i understand, understood, now i know, cheers, have a nice day, have a good day, have a great day
have a lovely day, have a nice weekend, have a good weekend, have a great weekend, have a nice evening
have a good evening, you too, all the best, merry christmas, happy new year, happy easter, best regards
kind regards, warm regards, regards, with kind regards, with best regards, best wishes, best, sincerely
yours sincerely, yours faithfully, yours truly
hei, moi, terve, päivää, hyvää päivää, huomenta, hyvää huomenta, hei hei, moikka, vielä, vielä kerran
oikein paljon, todella paljon, paljon, kovasti, avusta, avustasi, avustanne, kaikesta avusta, nopeasta avusta
vastauksesta, vastauksestasi, vastauksestanne, nopeasta vastauksesta, nopeasta vastauksestasi
nopeasta vastauksestanne, tiedosta, tiedoista, tiedoksi, viestistä, viestistäsi, ystävällisyydestä, ajastasi
sinulle, teille, kaikille, hyvä, hienoa, mahtavaa, loistavaa, ihanaa, erinomaista, täydellistä, selvä, selvä juttu
ymmärrän, hyvää päivänjatkoa, mukavaa päivänjatkoa, hyvää päivän jatkoa, mukavaa päivää, hyvää viikonloppua
mukavaa viikonloppua, hyvää iltaa, mukavaa iltaa, hyvää joulua, hyvää uutta vuotta, hyvää kesää, terveisin
ystävällisin terveisin, parhain terveisin, yt, t, terveiset, lähetetty iphonesta, lähetetty ipadista
for hjelpen, for hjælpen, for svaret, for svar, for raskt svar, for hurtigt svar, for informasjonen
for informationen, så mye, så meget, vennlig hilsen, med vennlig hilsen, venlig hilsen, med venlig hilsen, hilsen
ha en fin dag, ha en god dag, hav en god dag, god helg, god weekend
hallo, guten tag, für die hilfe, für ihre hilfe, für die antwort, für ihre antwort, für die schnelle antwort
für ihre schnelle antwort, für die information, für die informationen, mit freundlichen grüßen, freundliche grüße
viele grüße, liebe grüße, schönen tag, schönen tag noch, einen schönen tag, einen schönen tag noch, mfg
bonjour, pour votre aide, pour votre réponse, cordialement, bonne journée
hola, por la ayuda, por su ayuda, por la respuesta, por su respuesta, por la información, saludos, un saludo
saludos cordiales, buen día
za pomoc, za odpowiedź, za odpowiedz, za informację, za informacje, za szybką odpowiedź, pozdrawiam, z poważaniem
dzień dobry, miłego dnia, bardzo
за допомогу, за відповідь, за швидку відповідь, за інформацію, добрий день, гарного дня, з повагою, вам
за помощь, за ответ, за быстрый ответ, за информацию, добрый день, хорошего дня, с уважением, здравствуйте
na pomoći, na odgovoru, za pomoć, za odgovor, lijep pozdrav, srdačan pozdrav, pozdrav, dobar dan
yardımınız için, cevabınız için, merhaba, iyi günler, saygılarımla, selamlar
مرحبا, السلام عليكم, على المساعدة, على مساعدتك, على مساعدتكم, على الرد, على ردكم, مع تحياتي, تحياتي
سلام, از کمک شما, از پاسخ شما, از جواب شما
"""

NO_NAMES = """
inte, ej, icke, inget, ingen, inga, ingenting, aldrig, knappast, nej, nä, nja, ja, jo, japp, jepp, gärna, men, fast, utan
fel, trasig, trasigt, sönder, dålig, dåligt, sämst, missnöjd, besviken, arg, hjälp, akut, ring, vill, kan, ska, måste
fortfarande, ännu, igenom, avboka, avsluta, överklagar, sluta, stopp
not, no, nope, never, nothing, none, yes, yep, yeah, but, don't, dont, can't, cant, won't, isn't, stop, help, call
still, wrong, broken, bad, worst
ei, en, et, emme, ette, eivät, eikä, älä, kyllä, joo, juu, mutta, apua, ikke, ikkje, aldri, aldrig, nei
nicht, nein, kein, keine, nie, doch, aber, non, pas, jamais, oui, mais, nunca, sí, pero, nada
nie, tak, ale, ні, так, але, не, нет, да, но, никогда, ne, da, nije, nisam, ali, hayır, evet, değil, yok, na, nê, erê
maya, ma, haa, laakiin, لا, ليس, نعم, لكن, نه, نیست, بله, اما
"""
