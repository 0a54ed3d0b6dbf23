"""Acute danger, children and violence in the languages residents write most besides Swedish and English."""

from __future__ import annotations

from routing.lexicon.lists import pairs, phrases

ACUTE = phrases("""
palaa; tulipalo*; tulessa; liekke*; savua; savu; kaasun haju; haisee kaasu*; räjäh*; ampuu; ampui; ampuminen;
ammuttiin; ammuttu; pistooli*; kivääri*; veits*; puukot*; pommi*; tajuton; tajuttom*; ei hengitä; ei herää;
ei vastaa + makaa; verta; vuotaa verta; kohtaus + sydä*; rintakip*; tukehtu*; hukku*; jäihin; putosi veteen;
putosi jokeen; itsemurh*; tappaa itseni; tappaa itsensä; tapan itseni; en halua elää; en jaksa elää;
en halua enää elää; en jaksa enää elää; haluan kuolla; lopettaa elämäni; yliannostu*; paljon lääkkeitä;
liikaa lääkkeitä; murtautu*; yrittää sisään; hyökkä* + nyt; soittakaa ambulanssi; apua äkkiä; tulkaa äkkiä; hätä on;
hätätilan*
حريق; النار; نار في; يحترق; تحترق; دخان; انفجار; انفجر; قنبلة; غاز + رائحة; تسرب الغاز; سلاح; مسدس; سكين; طعن;
إطلاق نار; اطلاق نار; يطلق النار; فاقد الوعي; فاقدة الوعي; غائب عن الوعي; لا يتنفس; لا تتنفس; لا يستيقظ; لا تستيقظ;
ينزف; تنزف; نزيف; جلطة; أزمة قلبية; ازمة قلبية; يغرق; تغرق; غرق; وقع في الماء; وقع طفل; سقط في; انتحار; الانتحار;
ينتحر; أنتحر; قتل نفسي; أقتل نفسي; اقتل نفسي; أنهي حياتي; إنهاء حياتي; انهاء حياتي; أن أموت; اريد الموت; أريد الموت;
لا أريد أن أعيش; لا اريد ان اعيش; لا أريد العيش; حبوب كثيرة; أخذ حبوب; أخذت حبوب; جرعة زائدة; يكسر الباب; كسر باب;
يحاول كسر; لص; يقتحم; النجدة; أنقذونا; انقذونا; ساعدونا بسرعة; سيارة إسعاف; الإسعاف
dab; dabka; dab ayaa; gubanay*; gubanaya; gubta; qiiq*; qarax*; bam; bambo*; gaas + uraya; gaas baa; qori;
bistoolad*; baastoolad*; toorey; mindi; toogtay; rasaas*; miyir beel*; miyir daboolan; ma neefsan*; neefsanayo;
ma soo kac*; dhiig baxay*; dhiigbax*; dhiig badan; wadno xanuun; webiga ku dhac*; biyaha ku dhac*; bada ku dhac*;
barafka + dhac*; is dilo; is dili; isdil*; naftayda; nolosha ka daalay; sii noolaado; ma rabo inaan noolaado;
inaan dhinto; rabaa inaan dhinto; kaniini* badan; daawo badan + qaat*; albaabka jebin*; soo jabsan*; tuug;
ambalaas*; gargaar degdeg; degdeg ii caawi*; na badbaadi*; na caawiya hadda
آتش; آتیش; آتش‌سوزی; میسوزد; می‌سوزد; دود; انفجار; منفجر; بمب; بوی گاز; نشت گاز; اسلحه; تفنگ; هفت‌تیر; چاقو; قمه;
تیراندازی; بیهوش; بی‌هوش; نفس نمی‌کشد; نفس نمیکشد; بیدار نمی‌شود; بیدار نمیشود; خونریزی; خون زیادی; سکته; غرق;
در آب افتاد*; خودکشی; خودم را بکشم; خودش را بکشد; می‌خواهم بمیرم; نمی‌خواهم زنده; نمی‌خواهم زندگی;
دیگر نمی‌خواهم زندگی; از زندگی خسته; قرص زیادی; قرص زیاد; همه قرص; در را می‌شکند; دزد; آمبولانس; کمک فوری; نجات
ሓዊ; ይነድድ; ይቃጸል; ትኪ; ካራ; ሽጉጥ; ጠበንጃ; ኣየተንፍስን; ኣይተንፍስን; ነብሱ ኣጥፊኡ; ህይወተይ ከጥፍእ; ክነብር ኣይደልን; ክመውት; ደም ይፈስስ; ሓግዙና
пожеж*; горить; горимо; дим; вибух*; бомба; газом пахне; запах газу; ніж; ножем; пістолет; стріля*; зброя;
непритомн*; не дихає; не прокида*; кров*; тоне; впав у воду; самогуб*; вбити себе; не хочу жити;
не хочу більше жити; хочу померти; багато таблеток; ламає двері; грабіж*; швидку; пожар*; горит; не дышит;
без сознания; хочу умереть; не хочу жить
pożar*; pali się; płonie; dym; wybuch*; bomba; czuć gaz; gazem; nóż; nożem; pistolet*; strzela*; nieprzytom*;
nie oddycha; nie budzi się; krwaw*; tonie; wpadł do wody; samobój*; zabić się; nie chcę żyć; nie chcę już żyć;
chcę umrzeć; dużo tabletek; włamuje; włamyw*; karetk*
yangın*; yanıyor; bıçak*; silah*; intihar*; nefes almıyor; brennt; feuer im; rauch; selbstmord*; bewusstlos;
incendio; fuego; no respira; suicid*; cuchillo
""")

CHILDREN = pairs(
    "lapsi; lasta; lapsia; lapset; lapsen; lapsiaan; vauva; poika; poikaa; tyttö; tyttöä; oppilas; oppilaalla; "
    "pikkupoika; pikkutyttö",
    "lyö; lyödään; hakkaa; mustelm*; pelkää; itkee joka; itkee + parvek*; itkevät; yksin; yksin öisin; nälkä*; "
    "nälissään; huudetaan; humalassa; päihteit*; huumeit*; pahoinpi*; kaltoin; hyväksikäyt*; huolissa*; turvaton*; "
    "heitteil*",
) + pairs(
    "طفل; الطفل; طفلة; الطفلة; أطفال; الأطفال; اطفال; أطفالها; أطفاله; أولاد; أولادهم; الأولاد; ابنه; ابنته; بنت; ولد; "
    "رضيع; ابن أختي; ابن أخي; أولاد أخي; أطفال أخي",
    "يضرب*; تضرب*; يضربون*; يضربهم; ضرب; الضرب; للضرب; عنف; للعنف; كدمات; وحدهم; وحده; لوحده; لوحدهم; جائع; جائعون; "
    "جوعان; يبكي كل; تبكي كل; يبكون; يصرخ; تصرخ; خائف; مهمل; إهمال; يشرب; سكران; مخدرات; يلمس*; اغتصاب; تحرش; تزويج*; "
    "بالحزام; الإبلاغ عن; تتركهم; تترك أطفال*; قلق; قلقة; خائفة",
) + pairs(
    "ilmo; ilmaha; ilmaheeda; carruur; carruurta; carruurtooda; carruurteeda; caruur*; cunug*; wiil yar; wiilka yar; "
    "gabadh yar; gabadha yar; ilmo yar; yar",
    "garaac*; la garaac*; dil; dilay; keligood; kaligood; keligiis; kaligiis; gaajo*; gaajaysan; ooy*; oohin*; cabsan*; "
    "baqay*; walwal*; walaac*; dayac*; khamr*; qamr*; daroog*; maandooriy*; dhaawac; dhibaato; xadgudub*; tago; ka tag*; "
    "nabar*",
) + pairs(
    "بچه; بچه‌ها; بچه‌هایش; بچه‌هایشان; کودک; کودکی; کودکان; نوزاد; پسربچه; دختربچه; دخترک; پسرک",
    "می‌زند; میزند; می‌زنند; کتک; کبودی; کبود; تنها; گرسنه; گریه می‌کند; گریه; می‌ترسد; مست; مواد; آزار; تجاوز; خشونت; "
    "نگران; ول می‌کند; دست می‌زند",
) + pairs("ቆልዓ; ቆልዑ; ህጻን; ደቁ; ደቃ", "ይውቅዑ; ይወቅዕ; ትወቅዕ; በይኑ; በይኖም; ይበኪ; ይጠሚ; ጥምየት; ሃሩ") + pairs(
    "дитину; дитина; дітей; діти; немовля; ребенка; дети", "б'є; б'ють; бьют; бьет; плаче; сама; самі; голодн*; синці; "
    "п'яні; боїться"
) + pairs("dziecko; dzieci; niemowlę", "bije; biją; płacze; samo; same; głodne; siniaki; pijani; "
    "boi się")  # fmt: skip

VIOLENCE = pairs(
    "mieheni; mies; avomieheni; poikaystäväni; puolisoni; exäni; entinen mieheni; vaimoni; isäni; perheeni; hän; "
    "veljeni; suku*",
    "lyö; löi; hakkaa; hakkasi; uhkaa; uhkailee; uhkasi; tappaa minut; potki*; kuristi; väkival*; pakottaa; "
    "seuraa minua; vainoaa; vei puhelim*; pelkään; kontrolloi; lukitsi; pakenin; naimisiin vastoin; turvakot*; "
    "turvapaik*",
) + pairs(
    "زوجي; طليقي; زوجها; خطيبي; صديقي; أبي; ابي; أخي; اخي; أهلي; اهلي; عائلتي; والدي; زوجتي; حبيبي",
    "يضربني; ضربني; يضربها; يهددني; هددني; يهدد; يلاحقني; يراقبني; يحبسني; حبسني; يمنعني; لا يسمح لي بالخروج; أخذ جواز*; "
    "أخذ هاتفي; أخاف منه; أخاف من; خائفة; اهرب; أهرب; الهروب; هربت; عنيف; بالقوة; تزويجي; بالقتل; سيقتلني; يقتلني; "
    "يغتصب*; يجبرني; إجباري; ضرب*; يعنف*",
) + pairs(
    "ninkayga; ninkeyga; ninkaygu; ninkeygu; saygayga; saygaygii; ninkeedu; qoyskayga; qoyskaygu; aabahay; walaalkay; "
    "saaxiibkay; odaygayga; xaaskayga; ninkii; ninka",
    "garaac*; i garaac*; dil; i dil*; hanjab*; i hanjab*; cabsan*; cabsi; baqay*; ka baqa*; raacday*; i raac*; "
    "baasaboor*; xoog*; khasab*; qasab*; ka bixi karo; ka cararay; ka tago; ka baxsa*; feer*; laad*; yeeli doono; "
    "iga qaat*; xir*; gacan*",
) + pairs(
    "شوهرم; شوهر; شوهر سابقم; همسرم; نامزدم; پدرم; برادرم; خانواده‌ام; خانواده ام; دوست پسرم",
    "می‌زند; میزند; کتک; تهدید; می‌کشد; بکشد; می‌ترسم; میترسم; فرار; خشن; خشونت; مجبور; اجازه نمی‌دهد; اجازه نمیدهد; "
    "پاسپورتم; زندانی; دنبالم; تعقیب; ازدواج اجباری; به زور; کنترل",
) + pairs("ሰብኣየይ; በዓል ቤተይ; ስድራቤተይ; ኣቦይ; ሓወይ; ብሓይሊ", "ይወቅዓኒ; ይሃርመኒ; የፈራርሓኒ; ክቐትለኒ; ፈሪሀ; ክሃድም; ከመርዓዉኒ; የገድዱኒ") + pairs(
    "чоловік; мій чоловік; колишній; муж; мой муж", "б'є; бʼє; бьет; погрожує; угрожает; вбити; убить; боюся; боюсь; "
    "переслідує"
) + pairs("mój mąż; mąż; partner; były mąż; chłopak", "bije; pobił; grozi; groził; boję się; zabije; śledzi; "
    "zamyka")  # fmt: skip

HOMELESS = phrases("""
ei paikkaa nukkua; ei ole paikkaa; missä nukun; missä nukumme; nukun ulkona; nukkua ulkona; häädettiin;
häätö huomenna; heitti ulos; heitettiin ulos; kadulla + lapset; yöksi + paikka; tänä yönä + paikka
مكان أنام; مكان ننام; مكانا ننام; أين ننام; اين ننام; ننام الليلة; أنام الليلة; هذه الليلة; الليلة + مكان;
في الشارع الآن; نحن في الشارع; أنا في الشارع; طردني; طردنا; طردونا; طردوني; ننام في; أنام في السيارة; بلا مأوى;
بدون مأوى; تغيير القفل
caawa meel; meel aan seexdo; meel aan seexanno; meel aan seexano; meel aan caawa; bannaanka ku seex*;
banaanka ku seex*; banaanka ayaan; bannaanka + carruur*; naga saaray; nalaga saaray; iga saaray; layga saaray;
waa la iga eryay; la eryay; guri la'; hoy la'
جایی برای خواب; جایی برای خوابیدن; امشب جایی; امشب کجا; بیرونمان کرد; بیرون کرد; ما را بیرون; در خیابان می‌خواب*;
در ماشین می‌خواب*; بی‌سرپناه; سرپناه
ሎሚ ለይቲ; ዝድቅሰሉ ቦታ; መደቀሲ የብለይን; ኣብ ጎደና; ካብ ገዛ ኣውጺኦምና
ніде ночувати; ніде спати; ночувати сьогодні; на вулиці з дітьми; нас вигнали; виселили; негде ночевать; нас выгнали
nie mam gdzie spać; nie mamy gdzie; gdzie spać; na ulicy z dziećmi; wyrzucił mnie; wyrzucili nas; eksmisja dzisiaj;
eksmitowan*
""")

FLOODING = phrases("""
vesi tulvii; tulvii; kellari täyttyy; täyttyy vedestä; vesiputki + rikki; vettä ruiskuaa; vettä tulee + kellari*;
viemäri tulvii; vesi nousee
الماء يغمر; يغمر القبو; المجاري تفيض; الماء يتدفق; يتدفق الماء; فيضان; غرق القبو; الماء يدخل; انفجر أنبوب;
انفجرت ماسورة
biyo badan + guri*; biyuhu + soo galay*; daadka; biyo + buuxsam*; bullaacad* + buux*; tuubbo + jab*
آب وارد; آب گرفته; زیرزمین + آب; لوله ترکید*; فاضلاب بالا; سیل
вода заливає; затопило; прорвало трубу; piwnica zalana; zalewa; pękła rura
""")
