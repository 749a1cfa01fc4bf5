/** @file The table of pictured things: a short English name, the emoji that show it, other file names of it, and its names in six languages. */
import { TonyError } from '../../util/errors.ts'

/** One thing that pictures of several drawing styles show. */
export interface Thing {
  /** Short English name, the key of the thing. */
  readonly name: string
  readonly category: string
  /** Emoji that show it; the first is the plainest one and gives the names. */
  readonly emoji: readonly string[]
  /** Further words that name it in file names of clip art. */
  readonly aliases: readonly string[]
  /** Names by language that replace those of CLDR, whose entry for the emoji says something longer. */
  readonly names: Readonly<Record<string, string>>
}

/** The languages of the names besides English, in the order of the table's last column. */
export const nameLanguages: readonly string[] = ['fr', 'es', 'de', 'it', 'ru', 'sw']

// name : emoji : aliases : fr | es | de | it | ru | sw      (the last two columns may be absent)
// A line that starts with # opens a category.
const table = `
# animal
dog : 🐕 🐶 🐩 🦮
cat : 🐈 🐱 🐈‍⬛ : kitten, gatto
mouse : 🐁 🐭
rat : 🐀
hamster : 🐹
rabbit : 🐇 🐰 : bunny
fox : 🦊
bear : 🐻
polar bear : 🐻‍❄ :: ours polaire|oso polar|Eisbär|orso polare|белый медведь|dubu wa ncha ya kaskazini
panda : 🐼
koala : 🐨
tiger : 🐅 🐯
lion : 🦁
leopard : 🐆
cow : 🐄 🐮
bull : 🐂 :: taureau|toro|Stier|toro|бык|fahali
buffalo : 🐃 🦬 : bison : buffle|búfalo|Büffel|bufalo|буйвол|nyati
pig : 🐖 🐷
boar : 🐗 : wildboar
sheep : 🐑 🐏 : ram : mouton|oveja|Schaf|pecora|овца|kondoo
goat : 🐐
camel : 🐪 🐫 : dromedary
llama : 🦙
giraffe : 🦒
elephant : 🐘
mammoth : 🦣
rhinoceros : 🦏 : rhino
hippo : 🦛 : hippopotamus : hippopotame|hipopótamo|Nilpferd|ippopotamo|бегемот|kiboko
horse : 🐎 🐴 : cavallo
donkey : 🫏
zebra : 🦓
unicorn : 🦄
deer : 🦌
moose : 🫎
monkey : 🐒 🐵 : chimp
gorilla : 🦍
orangutan : 🦧
wolf : 🐺
raccoon : 🦝
squirrel : 🐿 : : écureuil|ardilla|Eichhörnchen|scoiattolo|белка|kindi
beaver : 🦫
hedgehog : 🦔
bat : 🦇
sloth : 🦥
otter : 🦦
skunk : 🦨
kangaroo : 🦘
badger : 🦡
chicken : 🐔 : hen
rooster : 🐓
chick : 🐤 🐣 🐥 : : poussin|pollito|Küken|pulcino|цыплёнок|kifaranga
turkey : 🦃
bird : 🐦
penguin : 🐧 : pinguino, pengwin
dove : 🕊 : pigeon
eagle : 🦅
duck : 🦆 : drake
swan : 🦢
owl : 🦉
flamingo : 🦩
peacock : 🦚
parrot : 🦜
goose : 🪿 : gander
dodo : 🦤
frog : 🐸
crocodile : 🐊 : alligator
turtle : 🐢 : tortoise
lizard : 🦎 : iguana
snake : 🐍
dragon : 🐉 🐲
dinosaur : 🦕 🦖 : dino : dinosaure|dinosaurio|Dinosaurier|dinosauro|динозавр|dinosaria
whale : 🐋 🐳 : bluewhale, humpback
dolphin : 🐬
seal : 🦭 : sea lion
fish : 🐟 🐠 : clownfish, stripedfish
blowfish : 🐡
shark : 🦈
octopus : 🐙
shell : 🐚 : : coquillage|concha|Muschel|conchiglia|ракушка|kombe
coral : 🪸
jellyfish : 🪼
crab : 🦀
lobster : 🦞
shrimp : 🦐
squid : 🦑
oyster : 🦪
snail : 🐌
butterfly : 🦋
caterpillar : 🐛 : : chenille|oruga|Raupe|bruco|гусеница|kiwavi
ant : 🐜
bee : 🐝 : honeybee : abeille|abeja|Biene|ape|пчела|nyuki
beetle : 🪲
ladybug : 🐞 : ladybird : coccinelle|mariquita|Marienkäfer|coccinella|божья коровка|dudu kobe
cricket : 🦗 : grasshopper
spider : 🕷
spider web : 🕸
scorpion : 🦂
mosquito : 🦟
fly : 🪰
worm : 🪱
feather : 🪶
wing : 🪽
paw print : 🐾 : pawprint : empreinte de patte|huella|Pfotenabdruck|impronta|след лапы|alama ya wayo
# plant
flower : 🌼 : fiore : fleur|flor|Blume|fiore|цветок|ua
rose : 🌹
tulip : 🌷
sunflower : 🌻
hibiscus : 🌺
lotus : 🪷
cherry blossom : 🌸
bouquet : 💐
seedling : 🌱
tree : 🌳 : : arbre|árbol|Baum|albero|дерево|mti
pine tree : 🌲 : fir tree : sapin|pino|Tanne|pino|ель|msonobari
palm tree : 🌴 : palm
cactus : 🌵
wheat : 🌾 : : blé|trigo|Weizen|grano|пшеница|ngano
clover : 🍀 ☘ : shamrock : trèfle|trébol|Kleeblatt|trifoglio|клевер|klova
maple leaf : 🍁
leaf : 🍃 🌿 : : feuille|hoja|Blatt|foglia|лист|jani
mushroom : 🍄
potted plant : 🪴
nest : 🪺 🪹 : : nid|nido|Nest|nido|гнездо|kiota
# food
apple : 🍎 🍏 : : pomme|manzana|Apfel|mela|яблоко|tufaha
pear : 🍐
orange : 🍊 : mandarine : orange|naranja|Orange|arancia|апельсин|chungwa
lemon : 🍋
banana : 🍌
watermelon : 🍉
grapes : 🍇
strawberry : 🍓
blueberries : 🫐 : blueberry
melon : 🍈
cherries : 🍒 : cherry
peach : 🍑
mango : 🥭
pineapple : 🍍
coconut : 🥥
kiwi : 🥝 : : kiwi|kiwi|Kiwi|kiwi|киви|kiwi
tomato : 🍅
eggplant : 🍆
avocado : 🥑
broccoli : 🥦
lettuce : 🥬 : : laitue|lechuga|Salat|lattuga|салат|saladi
cucumber : 🥒
chili : 🌶 : chilepepper : piment|chile|Chili|peperoncino|острый перец|pilipili kali
bell pepper : 🫑 : pepper, yellowpepper, paprika
corn : 🌽 : : maïs|maíz|Mais|mais|кукуруза|mahindi
carrot : 🥕
olive : 🫒
garlic : 🧄 : aglio
onion : 🧅
potato : 🥔
ginger : 🫚 : : gingembre|jengibre|Ingwer|zenzero|имбирь|tangawizi
peanuts : 🥜 : peanut
beans : 🫘
chestnut : 🌰
bread : 🍞 🥖
croissant : 🥐
pretzel : 🥨
bagel : 🥯
pancakes : 🥞
waffle : 🧇
cheese : 🧀 : : fromage|queso|Käse|formaggio|сыр|jibini
meat : 🥩 🍖 : : viande|carne|Fleisch|carne|мясо|nyama
chicken leg : 🍗 : : cuisse de poulet|muslo de pollo|Hähnchenkeule|coscia di pollo|куриная ножка|mguu wa kuku
bacon : 🥓
hamburger : 🍔 : burger
fries : 🍟 : french fries : frites|papas fritas|Pommes|patatine|картошка фри|chipsi
pizza : 🍕
hot dog : 🌭
sandwich : 🥪
taco : 🌮
burrito : 🌯
egg : 🥚
fried egg : 🍳 : : œuf au plat|huevo frito|Spiegelei|uovo fritto|яичница|yai la kukaanga
soup : 🍲 🥣 : : soupe|sopa|Suppe|zuppa|суп|supu
salad : 🥗 : : salade|ensalada|Salat|insalata|салат|saladi
popcorn : 🍿
butter : 🧈
salt : 🧂
can : 🥫 : : conserve|lata|Dose|lattina|консервная банка|kopo
rice : 🍚 : : riz|arroz|Reis|riso|рис|wali
noodles : 🍜 : : nouilles|fideos|Nudeln|noodles|лапша|tambi
spaghetti : 🍝
sushi : 🍣
dumpling : 🥟
ice cream : 🍨 🍦 🍧
donut : 🍩 : doughnut : beignet|rosquilla|Donut|ciambella|пончик|donati
cookie : 🍪 : biscuit
birthday cake : 🎂
cake : 🍰 : pink cake, smallcake : gâteau|pastel|Kuchen|torta|пирожное|keki
cupcake : 🧁
pie : 🥧
chocolate : 🍫 : : chocolat|chocolate|Schokolade|cioccolato|шоколад|chokoleti
candy : 🍬
lollipop : 🍭
honey : 🍯 : : miel|miel|Honig|miele|мёд|asali
milk : 🥛 : : lait|leche|Milch|latte|молоко|maziwa
baby bottle : 🍼
coffee : ☕ : coffee cup, coffeecup : café|café|Kaffee|caffè|кофе|kahawa
teapot : 🫖
tea : 🍵 : : thé|té|Tee|tè|чай|chai
wine : 🍷 : wine glass : vin|vino|Wein|vino|вино|mvinyo
cocktail : 🍸 🍹 : : cocktail|cóctel|Cocktail|cocktail|коктейль|kokteli
beer : 🍺 🍻 : : bière|cerveza|Bier|birra|пиво|bia
champagne : 🍾 🥂 : : champagne|champán|Sekt|spumante|шампанское|shampeni
juice : 🧃 🥤 : juice glass : jus|zumo|Saft|succo|сок|juisi
ice : 🧊 : icecube
jar : 🫙
# household
cup : 🥃 : glass, mug : verre|vaso|Glas|bicchiere|стакан|glasi
plate : 🍽 : : assiette|plato|Teller|piatto|тарелка|sahani
fork : 🍴 : fork and knife : fourchette|tenedor|Gabel|forchetta|вилка|uma
spoon : 🥄
knife : 🔪 : kitchen knife : couteau|cuchillo|Messer|coltello|нож|kisu
chopsticks : 🥢
vase : 🏺 : amphora : vase|jarrón|Vase|vaso|ваза|chombo
door : 🚪
window : 🪟
mirror : 🪞
bed : 🛏
sofa : 🛋 : couch : canapé|sofá|Sofa|divano|диван|kochi
chair : 🪑
toilet : 🚽
shower : 🚿
bathtub : 🛁
razor : 🪒
broom : 🧹
basket : 🧺
bucket : 🪣
soap : 🧼
toothbrush : 🪥
sponge : 🧽
toilet paper : 🧻 : : papier toilette|papel higiénico|Toilettenpapier|carta igienica|туалетная бумага|karatasi ya choo
fire extinguisher : 🧯
shopping cart : 🛒
lotion : 🧴 : : lotion|loción|Lotion|lozione|лосьон|losheni
trash can : 🗑 : garbagecan, wastebasket : poubelle|papelera|Mülleimer|cestino|мусорная корзина|pipa la taka
candle : 🕯
light bulb : 💡 : lightbulb
flashlight : 🔦
lantern : 🏮 : : lanterne|farolillo|Laterne|lanterna|фонарь|taa
key : 🔑 🗝
lock : 🔒 🔓 🔐 : padlock : cadenas|candado|Schloss|lucchetto|замок|kufuli
bell : 🔔
suitcase : 🧳 : luggage : valise|maleta|Koffer|valigia|чемодан|sanduku
umbrella : ☂ ☔ 🌂
clock : 🕰 🕒 : clockface, clock05, clock11 : horloge|reloj|Uhr|orologio|часы|saa
alarm clock : ⏰ : : réveil|despertador|Wecker|sveglia|будильник|saa ya kengele
watch : ⌚
hourglass : ⌛ ⏳ : : sablier|reloj de arena|Sanduhr|clessidra|песочные часы|shisha ya saa
thermometer : 🌡
balloon : 🎈
gift : 🎁 : present : cadeau|regalo|Geschenk|regalo|подарок|zawadi
ribbon : 🎀
teddy bear : 🧸
yo-yo : 🪀
kite : 🪁
puzzle : 🧩 : : puzzle|puzle|Puzzleteil|puzzle|пазл|fumbo
die : 🎲 : dice : dé|dado|Würfel|dado|кубик|dadu
needle : 🪡 : : aiguille|aguja|Nadel|ago|игла|sindano
thread : 🧵
yarn : 🧶
safety pin : 🧷
# tool
hammer : 🔨
axe : 🪓
saw : 🪚 : : scie|sierra|Säge|sega|пила|msumeno
screwdriver : 🪛
wrench : 🔧
bolt : 🔩 : : boulon|perno|Schraube|bullone|болт|bolti
gear : ⚙
ladder : 🪜
toolbox : 🧰
magnet : 🧲
hook : 🪝
chain : ⛓ : : chaîne|cadena|Kette|catena|цепь|mnyororo
scales : ⚖ : : balance|balanza|Waage|bilancia|весы|mizani
sword : 🗡 ⚔ : longsword : épée|espada|Schwert|spada|меч|upanga
bow and arrow : 🏹
shield : 🛡
bomb : 💣
brick : 🧱
microscope : 🔬
telescope : 🔭
test tube : 🧪
syringe : 💉
pill : 💊
bandage : 🩹 : : pansement|tirita|Pflaster|cerotto|пластырь|bendeji
stethoscope : 🩺
# office
pencil : ✏
pen : 🖊 🖋 : biro
paintbrush : 🖌
crayon : 🖍
scissors : ✂
paperclip : 📎
pushpin : 📌
ruler : 📏 : : règle|regla|Lineal|righello|линейка|rula
book : 📕 📗 📘 📙 📖 : : livre|libro|Buch|libro|книга|kitabu
books : 📚
notebook : 📓 📔
newspaper : 📰 🗞
scroll : 📜
envelope : ✉ : addressed envelope
package : 📦
mailbox : 📫 📪 : : boîte aux lettres|buzón|Briefkasten|cassetta postale|почтовый ящик|sanduku la posta
folder : 📁 📂 : : dossier|carpeta|Ordner|cartella|папка|folda
calendar : 📅 📆 🗓
briefcase : 💼
chart : 📊 : : graphique|gráfico|Diagramm|grafico|диаграмма|chati
map : 🗺 : : carte|mapa|Karte|mappa|карта|ramani
compass : 🧭
magnifying glass : 🔍 🔎 : : loupe|lupa|Lupe|lente d’ingrandimento|лупа|kioo cha kukuza
abacus : 🧮
# device
phone : 📱 : mobile phone : téléphone portable|teléfono móvil|Handy|cellulare|мобильный телефон|simu ya mkononi
telephone : ☎ 📞
computer : 🖥 : : ordinateur|ordenador|Computer|computer|компьютер|kompyuta
laptop : 💻
keyboard : ⌨
printer : 🖨
television : 📺
camera : 📷 📸
video camera : 📹
radio : 📻
microphone : 🎤 🎙
headphones : 🎧 : : casque|auriculares|Kopfhörer|cuffie|наушники|vipokea sauti
battery : 🔋
plug : 🔌 : : prise|enchufe|Stecker|spina|вилка|plagi
floppy disk : 💾
compact disc : 💿 📀 : : disque compact|disco compacto|CD|compact disc|компакт-диск|diski
joystick : 🕹
game controller : 🎮 : : manette|mando|Spielkonsole|controller|геймпад|kidhibiti cha mchezo
movie camera : 🎥
loudspeaker : 📢 📣
satellite dish : 📡 : : antenne parabolique|antena parabólica|Satellitenschüssel|antenna parabolica|спутниковая антенна|antena ya setilaiti
# vehicle
car : 🚗 🚙 🚘 : sedan, beetle car : voiture|coche|Auto|macchina|машина|gari
taxi : 🚕 🚖
bus : 🚌 🚍 : schoolbus, double decker bus
ambulance : 🚑
fire engine : 🚒 : firetruck
police car : 🚓 🚔 : sedan police
truck : 🚚 🚛 : lorry : camion|camión|Lastwagen|camion|грузовик|lori
tractor : 🚜
racing car : 🏎 : f1 car, indycar
motorcycle : 🏍 : motorbike
scooter : 🛵 : : scooter|moto|Roller|scooter|мотороллер|skuta
kick scooter : 🛴
bicycle : 🚲 : bike, bluebike
skateboard : 🛹
train : 🚆 🚅 🚄 : 
locomotive : 🚂
tram : 🚊 🚋
wheel : 🛞
airplane : ✈ 🛩 : plane, aircraft
helicopter : 🚁
rocket : 🚀
flying saucer : 🛸 : ufo
parachute : 🪂
satellite : 🛰
sailboat : ⛵ : sail boat
canoe : 🛶
speedboat : 🚤
ship : 🚢 🛳
ferry : ⛴
anchor : ⚓
traffic light : 🚦 🚥 : stoplight : feu tricolore|semáforo|Ampel|semaforo|светофор|taa za barabarani
stop sign : 🛑
fuel pump : ⛽
bus stop : 🚏
wheelchair : 🦽 : : fauteuil roulant|silla de ruedas|Rollstuhl|sedia a rotelle|инвалидная коляска|kiti cha magurudumu
# place
house : 🏠 🏡 : casa, home
castle : 🏰 : fairytale castle
church : ⛪ : chiesa
mosque : 🕌
hospital : 🏥
school : 🏫
bank : 🏦
hotel : 🏨
factory : 🏭
office building : 🏢
tent : ⛺
hut : 🛖
stadium : 🏟
fountain : ⛲
bridge : 🌉 : : pont|puente|Brücke|ponte|мост|daraja
tower : 🗼 : : tour|torre|Turm|torre|башня|mnara
ferris wheel : 🎡
roller coaster : 🎢
circus tent : 🎪 : circus
city : 🏙 🌆 : : ville|ciudad|Stadt|città|город|jiji
island : 🏝 : : île|isla|Insel|isola|остров|kisiwa
beach : 🏖 : : plage|playa|Strand|spiaggia|пляж|ufuo
desert : 🏜
volcano : 🌋
mountain : ⛰ 🏔 🗻
# sky
sun : ☀ 🌞
moon : 🌙 🌕 🌛 : : lune|luna|Mond|luna|луна|mwezi
star : ⭐ 🌟
cloud : ☁
rain : 🌧 : : pluie|lluvia|Regen|pioggia|дождь|mvua
snow : 🌨 : : neige|nieve|Schnee|neve|снег|theluji
lightning : ⚡ 🌩 : lightningbolt : éclair|rayo|Blitz|fulmine|молния|umeme
rainbow : 🌈
snowflake : ❄
snowman : ☃ ⛄
tornado : 🌪
fire : 🔥
drop : 💧 : : goutte|gota|Tropfen|goccia|капля|tone
wave : 🌊 : : vague|ola|Welle|onda|волна|wimbi
earth : 🌍 🌎 🌏 : globe : Terre|Tierra|Erde|Terra|Земля|dunia
planet : 🪐 : saturn : planète|planeta|Planet|pianeta|планета|sayari
comet : ☄
rock : 🪨
wood : 🪵
# clothes
glasses : 👓
sunglasses : 🕶
shirt : 👕 : tshirt, t shirt, t-shirt : t-shirt|camiseta|T-Shirt|maglietta|футболка|fulana
tie : 👔 : necktie : cravate|corbata|Krawatte|cravatta|галстук|tai
jeans : 👖 : bluejeans
scarf : 🧣
gloves : 🧤 : glove
coat : 🧥 : jacket
socks : 🧦 : sock
dress : 👗 : black dress
kimono : 👘
shorts : 🩳
bikini : 👙
blouse : 👚 : : chemisier|blusa|Bluse|camicetta|блузка|blauzi
purse : 👛
handbag : 👜 : red handbag
backpack : 🎒
shoe : 👞 : : chaussure|zapato|Schuh|scarpa|ботинок|kiatu
sneaker : 👟 : : basket|zapatilla|Turnschuh|scarpa da ginnastica|кроссовок|raba
boot : 👢 🥾 : hikingboot : botte|bota|Stiefel|stivale|сапог|buti
high heel : 👠 : red highheel, highheel : talon haut|tacón|Stöckelschuh|tacco alto|туфля на каблуке|kiatu cha kisigino
sandal : 👡 🩴 : : sandale|sandalia|Sandale|sandalo|сандалия|ndara
crown : 👑
hat : 👒 : greenhat, purplehat : chapeau|sombrero|Hut|cappello|шляпа|kofia
top hat : 🎩 : tophat
cap : 🧢 : baseballcap : casquette|gorra|Kappe|berretto|кепка|chepeo
helmet : 🪖 : : casque|casco|Helm|elmetto|шлем|helmeti
lipstick : 💄
ring : 💍
gem : 💎 : diamond gem : gemme|gema|Edelstein|gemma|драгоценный камень|kito
# sport
soccer ball : ⚽ : soccerball
basketball : 🏀
baseball : ⚾
volleyball : 🏐
tennis : 🎾
football : 🏈 :: ballon de football américain|balón de fútbol americano|Football|palla da football|мяч для американского футбола|mpira wa Marekani
rugby ball : 🏉 : : ballon de rugby|balón de rugby|Rugbyball|palla da rugby|мяч для регби|mpira wa raga
bowling : 🎳
ping pong : 🏓
badminton : 🏸
boxing glove : 🥊
ice skate : ⛸
skis : 🎿
sled : 🛷
fishing pole : 🎣
target : 🎯 : bullseye : cible|diana|Zielscheibe|bersaglio|мишень|shabaha
trophy : 🏆
medal : 🏅 🎖 : : médaille|medalla|Medaille|medaglia|медаль|medali
chess pawn : ♟
# music
guitar : 🎸 : guitar classical, guitar electric
piano : 🎹 : : piano|piano|Klavier|pianoforte|пианино|piano
trumpet : 🎺
violin : 🎻
drum : 🥁 🪘
saxophone : 🎷 : sax
accordion : 🪗
banjo : 🪕
flute : 🪈
maracas : 🪇
musical note : 🎵 🎶
# art
palette : 🎨 : : palette|paleta|Palette|tavolozza|палитра|paleti
framed picture : 🖼
masks : 🎭 : : masques|máscaras|Masken|maschere|маски|barakoa
ticket : 🎫 🎟
money bag : 💰
banknote : 💵 💶 💷 💴 : : billet|billete|Geldschein|banconota|банкнота|noti
coin : 🪙
credit card : 💳
label : 🏷
christmas tree : 🎄 : xmas tree : sapin de Noël|árbol de Navidad|Weihnachtsbaum|albero di Natale|рождественская ёлка|mti wa Krismasi
jack-o-lantern : 🎃 : pumpkin : citrouille|calabaza|Kürbis|zucca|тыква|boga
fireworks : 🎆
flag : 🚩 : redflag, greenflag, yellowflag : drapeau|bandera|Fahne|bandiera|флаг|bendera
# body
eye : 👁
eyes : 👀
ear : 👂
nose : 👃
mouth : 👄
tongue : 👅
tooth : 🦷
bone : 🦴
brain : 🧠
lungs : 🫁
leg : 🦵
foot : 🦶
arm : 💪 : : bras|brazo|Arm|braccio|рука|mkono
hand : ✋ 🖐 🤚 : : main|mano|Hand|mano|ладонь|mkono
fist : ✊ 👊 : : poing|puño|Faust|pugno|кулак|ngumi
thumbs up : 👍
thumbs down : 👎
pointing finger : 👉 👆 👇 👈 ☝ : : doigt pointé|dedo que señala|Zeigefinger|dito indice|указательный палец|kidole cha shahada
clapping hands : 👏
handshake : 🤝
footprints : 👣
# person
baby : 👶
boy : 👦
girl : 👧
man : 👨
woman : 👩
old man : 👴
old woman : 👵
santa : 🎅 : fatherchristmas, santa claus : Père Noël|Papá Noel|Weihnachtsmann|Babbo Natale|Дед Мороз|Baba Krismasi
mermaid : 🧜‍♀
fairy : 🧚‍♀ 🧚 : : fée|hada|Fee|fata|фея|jini
wizard : 🧙‍♂ 🧙 : : magicien|mago|Zauberer|mago|волшебник|mchawi
ghost : 👻
alien : 👽
robot : 🤖
clown : 🤡 : : clown|payaso|Clown|pagliaccio|клоун|mchekeshaji
skull : 💀
# face
happy face : 😀 😃 😄 🙂 😊 :: visage heureux|cara feliz|fröhliches Gesicht|faccina felice|весёлое лицо|uso wenye furaha
sad face : 🙁 ☹ 😞 😟 : : visage triste|cara triste|trauriges Gesicht|faccina triste|грустное лицо|uso wenye huzuni
angry face : 😠 😡 : : visage en colère|cara enfadada|wütendes Gesicht|faccina arrabbiata|злое лицо|uso wenye hasira
crying face : 😢 😭 : : visage en pleurs|cara llorando|weinendes Gesicht|faccina che piange|плачущее лицо|uso unaolia
laughing face : 😂 😆 🤣 : : visage qui rit|cara riendo|lachendes Gesicht|faccina che ride|смеющееся лицо|uso unaocheka
sleeping face : 😴
winking face : 😉
surprised face : 😮 😲 😯 : : visage surpris|cara sorprendida|überraschtes Gesicht|faccina sorpresa|удивлённое лицо|uso wenye mshangao
scared face : 😱 😨 : : visage effrayé|cara asustada|ängstliches Gesicht|faccina spaventata|испуганное лицо|uso wenye hofu
sick face : 🤒 🤢 🤧 : : visage malade|cara enferma|krankes Gesicht|faccina malata|больное лицо|uso wa mgonjwa
# symbol
heart : ❤ 💖 : coeur, cuore : cœur|corazón|Herz|cuore|сердце|moyo
broken heart : 💔
blue heart : 💙
green heart : 💚
yellow heart : 💛
purple heart : 💜
black heart : 🖤
check mark : ✔ ✅
cross mark : ❌
plus sign : ➕ : : plus|más|Plus|più|плюс|jumlisha
minus sign : ➖ : : moins|menos|Minus|meno|минус|toa
question mark : ❓ ❔ : : point d’interrogation|signo de interrogación|Fragezeichen|punto interrogativo|вопросительный знак|alama ya kuuliza
exclamation mark : ❗ ❕ : : point d’exclamation|signo de exclamación|Ausrufezeichen|punto esclamativo|восклицательный знак|alama ya mshangao
right arrow : ➡ : arrow right : flèche à droite|flecha a la derecha|Pfeil nach rechts|freccia a destra|стрелка вправо|mshale wa kulia
left arrow : ⬅ : arrow left : flèche à gauche|flecha a la izquierda|Pfeil nach links|freccia a sinistra|стрелка влево|mshale wa kushoto
up arrow : ⬆ : arrow up : flèche vers le haut|flecha hacia arriba|Pfeil nach oben|freccia in alto|стрелка вверх|mshale wa juu
down arrow : ⬇ : arrow down : flèche vers le bas|flecha hacia abajo|Pfeil nach unten|freccia in basso|стрелка вниз|mshale wa chini
no entry : ⛔
warning : ⚠
recycling symbol : ♻ : recycle
peace symbol : ☮
yin yang : ☯
speech balloon : 💬 : speech bubble
`

/** The pictured things. */
export const things: readonly Thing[] = parseThings(table)

function parseThings(text: string): Thing[] {
  const result: Thing[] = []
  let category = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) category = line.slice(2).trim()
    else if (line.trim() !== '') result.push(parseThing(line, category))
  }
  return result
}

function parseThing(line: string, category: string): Thing {
  const [name = '', emoji = '', aliases = '', names = ''] = line.split(/ ?: ?/).map((part) => part.trim())
  const words = names === '' ? [] : names.split('|')
  if (name === '' || emoji === '' || (words.length !== 0 && words.length !== nameLanguages.length)) {
    throw new TonyError('internal', `pictures: bad line of the table of things, got '${line}'`)
  }
  return {
    name,
    category,
    emoji: emoji.split(/\s+/),
    aliases: aliases === '' ? [] : aliases.split(',').map((alias) => alias.trim()),
    names: Object.fromEntries(words.map((word, i) => [nameLanguages[i] ?? '', word])),
  }
}
