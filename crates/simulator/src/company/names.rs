//! The words the companies are made of. Lists are texts, parted by commas; `山田=yamada` is a name and how it is written
//! in an address.

/// Names that go together.
pub(super) struct Culture {
    pub(super) given: &'static str,
    pub(super) surnames: &'static str,
}

/// Where the company's people have mailboxes, the most common first.
pub(super) const COMPANY_DOMAINS: [&str; 3] =
    ["helixara.example", "helixara-pharma.example", "helixara-devices.example"];

/// Where guests have theirs.
pub(super) const GUEST_DOMAINS: [&str; 3] = ["northlab.example", "audit-partners.example", "clinical-cro.example"];

/// Where those have theirs who are in ZenQMS only.
pub(super) const CONTRACTOR_DOMAINS: [&str; 3] =
    ["gxp-staffing.example", "validation-crew.example", "freelance-qa.example"];

/// The tenant's own domain, in the sign-in names of guests.
pub(super) const TENANT_DOMAIN: &str = "helixara.onmicrosoft.example";

/// Levels of a job.
pub(super) const LEVELS: &str = "Junior, Expert, Senior, Lead, Principal";

/// Jobs that exist at every level, and without one.
pub(super) const JOBS: &str = "QA Specialist, QA Manager, QC Analyst, QC Microbiologist, Quality Systems Engineer, GMP \
    Auditor, Supplier Quality Engineer, Document Control Specialist, CAPA Coordinator, Training Specialist, Validation \
    Engineer, Computer System Validation Engineer, Regulatory Affairs Specialist, Regulatory Affairs Manager, \
    Labelling Specialist, Manufacturing Technician, Process Engineer, Production Planner, Aseptic Fill Operator, \
    Packaging Engineer, Maintenance Technician, Warehouse Specialist, Clinical Research Associate, Clinical Data \
    Manager, Clinical Trial Manager, Biostatistician, Medical Writer, Pharmacovigilance Officer, Formulation \
    Scientist, Analytical Chemist, Bioprocess Scientist, Toxicologist, IT Business Analyst, IT System Administrator, \
    Data Engineer, Software Engineer, Information Security Analyst, EHS Specialist, Procurement Specialist, Project \
    Manager";

/// Jobs that have no level.
pub(super) const POSTS: &str = "Qualified Person, Responsible Person, Head of Quality, Head of Regulatory Affairs, \
    Head of Manufacturing, Head of Clinical Operations, VP Quality & Compliance, VP Technical Operations, Director of \
    QMS, Director of IT, Site Manager, Chief Medical Officer, Plant Manager, Shift Supervisor, R&D Director, \
    Stabsstelle Arzneimittelsicherheit, Leiter Qualitätssicherung, Working Student QA";

/// Names, by culture.
pub(super) const CULTURES: &[Culture] = &[
    Culture {
        given: "James, Mary, Robert, Patricia, Michael, Linda, William, Elizabeth, Thomas, Sarah, Charles, Karen, \
            Daniel, Nancy, Matthew, Margaret, Anthony, Ashley, Steven, Emily, Andrew, Michelle, Joshua, Amanda, Kevin, \
            Rebecca, Brian, Laura, George, Rachel, Jean-Luke, Mary-Ann",
        surnames: "Smith, Johnson, Williams, Brown, Jones, Miller, Davis, Wilson, Anderson, Taylor, Thomas, Moore, \
            Jackson, White, Harris, Clark, Lewis, Robinson, Walker, Young, King, Wright, Scott, Hill, Green, Adams, \
            Baker, Campbell, Carter, Mitchell, Turner, Parker, Collins, Edwards, Stewart, Morris, Murphy, Cook, \
            Smith-Jones, Baker-Hughes",
    },
    Culture {
        given: "Seán, Siobhán, Conor, Aoife, Pádraig, Niamh, Eoin, Róisín, Declan, Gráinne, Fergus, Ciarán, Maeve, \
            Duncan, Eilidh, Rhys, Cerys",
        surnames: "O'Brien, O'Connor, O'Neill, O'Sullivan, Murphy, Kelly, Walsh, Byrne, Ryan, McCarthy, Gallagher, \
            Doherty, Kennedy, MacDonald, Lynch, Ní Dhomhnaill, Ó Súilleabháin, Llewellyn, Griffiths, D'Arcy",
    },
    Culture {
        given: "Jürgen, Anna, Wolfgang, Sabine, Stefan, Käthe, Lukas, Katharina, Jörg, Heike, Matthias, Ursula, Björn, \
            Franziska, Günther, Anneliese, Florian, Zoë, Klaus-Peter, Hans-Jörg, Annegret, Götz, Sören, Bärbel",
        surnames: "Müller, Schmidt, Schneider, Fischer, Weber, Meyer, Wagner, Becker, Schulz, Hoffmann, Schäfer, Koch, \
            Bauer, Richter, Klein, Wolf, Schröder, Neumann, Schwarz, Zimmermann, Krüger, Hofmann, Groß, Weiß, Jäger, \
            von der Heide, Müller-Lüdenscheidt, Bürki-Zürcher, Vögeli, Strauß",
    },
    Culture {
        given: "Marie, Jean, Françoise, Pierre, Élodie, François, Chloé, Étienne, Céline, Benoît, Aurélie, Jérôme, \
            Maëlle, Loïc, Hélène, Gaëtan, Anaïs, Mathéo, Jean-Baptiste, Anne-Sophie, Zoé, Rémi",
        surnames: "Martin, Bernard, Dubois, Thomas, Robert, Richard, Petit, Durand, Leroy, Moreau, Lefèvre, Girard, \
            Lambert, Rousseau, Blanc, Guérin, Lemaître, Garçon, D'Aubigné, de La Fontaine, L'Hôpital, Beaulieu-Côté, \
            Tremblay, Gagné, Bélanger",
    },
    Culture {
        given: "María, José, Ana, Luis, Carmen, Javier, Lucía, Andrés, Sofía, Íñigo, Inés, Raúl, Begoña, Álvaro, \
            Mónica, Joaquín, Verónica, Martín, Itziar, Jesús, Belén, Óscar, Rocío, Nicolás",
        surnames: "García, Rodríguez, González, Fernández, López, Martínez, Sánchez, Pérez, Gómez, Jiménez, Ruiz, \
            Hernández, Díaz, Muñoz, Álvarez, Romero, Núñez, Ibáñez, Peña, Castaño, García López, Martínez Peña, de la \
            Cruz, Ortega y Gasset, Etxeberria, Puigdemont, Guzmán",
    },
    Culture {
        given: "João, Ana, António, Beatriz, Gonçalo, Conceição, Thiago, Letícia, Inês, Caetano, Márcia, Vinícius, \
            Antônia, Simão, Luísa, Lourenço",
        surnames: "Silva, Santos, Ferreira, Pereira, Oliveira, Costa, Rodrigues, Almeida, Gonçalves, Araújo, \
            Magalhães, Conceição, Simões, Guimarães, da Silva, dos Santos, Brandão, Assunção, Falcão, Sousa Teixeira",
    },
    Culture {
        given: "Giulia, Marco, Francesca, Alessandro, Chiara, Lorenzo, Niccolò, Beatrice, Matteo, Ilaria, Davide, \
            Eleonora, Giosuè, Noemi, Salvatore, Mariù",
        surnames: "Rossi, Russo, Ferrari, Esposito, Bianchi, Romano, Colombo, Ricci, Marino, Greco, D'Angelo, \
            Dell'Acqua, De Luca, Lo Cascio, Cantù, Nicolò, Conti, Gallo, D'Amico, Bevilacqua",
    },
    Culture {
        given: "Lars, Ingrid, Åsa, Björn, Søren, Anders, Freja, Jörgen, Kjersti, Øyvind, Sigrún, Guðrún, Þór, Håkon, \
            Märta, Linnéa, Päivi, Jukka, Aino, Väinö, Eirík, Brynjar, Solveig, Torbjørn",
        surnames: "Hansen, Johansen, Andersen, Nielsen, Jørgensen, Sørensen, Ødegård, Bjørnstad, Lindström, Sjöberg, \
            Åkesson, Nyström, Östlund, Ólafsdóttir, Jónsson, Þorsteinsson, Sigurðardóttir, Guðmundsson, Korhonen, \
            Virtanen, Hämäläinen, Mäkelä, Nygård-Hansen, Bengtsson",
    },
    Culture {
        given: "Łukasz, Małgorzata, Piotr, Agnieszka, Paweł, Grażyna, Michał, Żaneta, Wojciech, Ewa, Bożena, Sławomir, \
            Zbigniew, Halina, Święcisława, Jędrzej",
        surnames: "Nowak, Kowalski, Wiśniewska, Wójcik, Kamińska, Lewandowski, Zieliński, Szymańska, Woźniak, \
            Dąbrowski, Kozłowska, Jabłoński, Mazur, Gąsienica, Łuczak, Żółkiewski, Ćwikła, Kowalska-Nowak, Skłodowska, \
            Brzęczyszczykiewicz",
    },
    Culture {
        given: "Jiří, Tereza, Ondřej, Kateřina, Tomáš, Zdeňka, Matúš, Ľubica, Miloš, Živa, Šime, Đorđe, Nataša, \
            Željko, Dušan, Jasna, Čedomir, Věra",
        surnames: "Novák, Svobodová, Dvořák, Černý, Procházka, Kučera, Horváth, Kováč, Čapek, Šťastná, Řezníček, \
            Marković, Petrović, Horvat, Kovačević, Đurić, Žižek, Krleža, Šimunović, Ďurica",
    },
    Culture {
        given: "László, Zsófia, Gergő, Ágnes, Csaba, Tünde, Győző, Andrei, Ștefan, Ioana, Mihai, Ruxandra, Bogdan, \
            Mălina, Zoltán, Réka",
        surnames: "Nagy, Kovács, Tóth, Szabó, Kiss, Erdős, Szűcs, Körösi, Popescu, Ionescu, Dumitrescu, Bălan, Țepeș, \
            Mureșan, Stănescu, Crișan, Vörösmarty, Gârbea",
    },
    Culture {
        given: "Daan, Emma, Sanne, Bram, Fleur, Thijs, Noor, Joost, Renée, Maarten, Liesbeth, Daniël, Koen, Anouk, \
            Wout, Marijke",
        surnames: "de Jong, Jansen, de Vries, van den Berg, Bakker, van Dijk, Visser, Smit, Meijer, de Boer, Mulder, \
            Peeters, Maes, Vandenbroucke, 't Hart, van 't Hof, Goossens, Coppens-Maes",
    },
    Culture {
        given: "Nguyên, Thị Hương, Minh, Đức, Thảo, Tuấn, Phượng, Quỳnh, Hải, Ngọc Ánh, Việt, Bích, Hiếu, Trâm, Khánh, \
            Dũng",
        surnames: "Nguyễn, Trần, Lê, Phạm, Hoàng, Huỳnh, Phan, Vũ, Võ, Đặng, Bùi, Đỗ, Hồ, Ngô, Dương, Lý",
    },
    Culture {
        given: "太郎=taro, 花子=hanako, 健一=kenichi, 美咲=misaki, 大輔=daisuke, 陽子=yoko, 翔=sho, 恵=megumi, 直樹=naoki, 由美=yumi, \
            Kenji, Akiko, Hiroshi, Naomi, Shūji, Yūko",
        surnames: "山田=yamada, 佐藤=sato, 鈴木=suzuki, 高橋=takahashi, 田中=tanaka, 渡辺=watanabe, 伊藤=ito, 中村=nakamura, \
            小林=kobayashi, 加藤=kato, 吉田=yoshida, 山本=yamamoto, Kimura, Shimizu, Ōnishi, Satō, Gotō, Inoue",
    },
    Culture {
        given: "伟=wei, 芳=fang, 秀英=xiuying, 敏=min, 静=jing, 磊=lei, 洋=yang, Xiaoyu, Lixue, Haoran, 민준=minjun, 서연=seoyeon, \
            지훈=jihoon, Eun-ji, Seung-hyun, Mei-Ling",
        surnames: "王=wang, 李=li, 张=zhang, 刘=liu, 陈=chen, 杨=yang, 赵=zhao, Huang, Zhou, Lü, 김=kim, 이=lee, 박=park, \
            최=choi, Jeong, Kang, Cho, Ouyang, Lim, Tan",
    },
    Culture {
        given: "Priya, Arjun, Ananya, Rahul, Deepika, Vikram, Lakshmi, Sanjay, Kavitha, Rajesh, Aishwarya, Siddharth, \
            Pooja, Imran, Fatima, Suresh, Meenakshi, Harpreet",
        surnames: "Sharma, Patel, Singh, Kumar, Gupta, Reddy, Iyer, Krishnan, Nair, Mehta, Joshi, Chatterjee, Desai, \
            Rao, Venkataraman, Khan, Ahmed, Bhattacharya, Kaur, Subramanian",
    },
    Culture {
        given: "Ayşe, Mehmet, Zeynep, Çağlar, Gülşen, İbrahim, Özlem, Emre, Yağmur, Tuğba, Omar, Layla, Youssef, \
            Amina, Khalid, Nour, Hadi, Yasmin",
        surnames: "Yılmaz, Kaya, Demir, Şahin, Çelik, Yıldız, Öztürk, Aydın, Özdemir, Arslan, Doğan, Kılıç, El-Sayed, \
            Al-Hassan, Haddad, Mansour, Ben Youssef, Abdel-Rahman, Nasser, Kordbacheh",
    },
    Culture {
        given: "Οδυσσέας=odysseas, Ελένη=eleni, Γιώργος=giorgos, Δήμητρα=dimitra, Оксана=oksana, Дмитрий=dmitriy, \
            Світлана=svitlana, Сергей=sergey, Olena, Andriy, Nikolaos, Ivanka, Georgi, Katerina",
        surnames: "Παπαδόπουλος=papadopoulos, Νικολάου=nikolaou, Γεωργίου=georgiou, Шевченко=shevchenko, \
            Иванова=ivanova, Коваленко=kovalenko, Соколов=sokolov, Dimitrova, Petrov, Bondarenko, Vassilakis, Todorov, \
            Melnyk, Hristov",
    },
    Culture {
        given: "Chinedu, Ngozi, Kwame, Ama, Thabo, Nomvula, Wanjiku, Kamau, Adébáyò, Folákẹ́, Tendai, Amara, Sipho, \
            Zanele",
        surnames: "Okafor, Adeyemi, Mensah, Nkosi, Dlamini, Mwangi, Odhiambo, N'Diaye, M'Bala, Eze, Abubakar, Ṣóyínká, \
            Traoré, Van Wyk, Osei-Bonsu, Tshabalala",
    },
];
