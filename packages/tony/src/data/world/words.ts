/** @file Words of the small world that are not names of things: numbers, dates, verbs, describing words, rhymes. */
import { readList, readTable } from './table.ts'

/** `NUMBERS[n]` is n in words, 0 to 100. */
export const NUMBERS: readonly string[] = (() => {
  const ones = readList(
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
  )
  const tens = readList('twenty thirty forty fifty sixty seventy eighty ninety')
  const numbers = [...ones]
  for (const ten of tens) for (let one = 0; one < 10; one++) numbers.push(one === 0 ? ten : `${ten}-${ones[one]}`)
  return [...numbers, 'one hundred']
})()

/** `ORDINALS[n]` is the n-th, from 1. */
export const ORDINALS: readonly string[] = readList(
  'zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth',
)

export const DAYS: readonly string[] = readList('monday tuesday wednesday thursday friday saturday sunday')

export const MONTHS: readonly string[] = readList(
  'january february march april may june july august september october november december',
)

export const SEASONS: readonly string[] = readList('spring summer autumn winter')

/** Written large, so that speech engines name them. */
export const LETTERS: readonly string[] = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']

export const COLOURS: readonly string[] = readList('red blue green yellow black white brown orange pink purple grey')

/** First names for stories and for people who tell their own. */
export const NAMES: readonly string[] = readList(
  'tom anna ben lucy sam emma max lily jack mary peter sara leo nina paul rosa david kate amina john omar julia adam ella hassan maria oscar zoe ali grace',
)

/** Words that mean the contrary of each other; both ways are asked. */
export const OPPOSITES: readonly (readonly [string, string])[] = readTable(
  ['a', 'b'],
  `
  big | small
  hot | cold
  up | down
  in | out
  good | bad
  happy | sad
  fast | slow
  new | old
  long | short
  high | low
  open | closed
  full | empty
  wet | dry
  clean | dirty
  rich | poor
  strong | weak
  hard | soft
  light | dark
  day | night
  yes | no
  left | right
  early | late
  easy | difficult
  thick | thin
  heavy | light
  loud | quiet
  near | far
  first | last
  begin | end
  black | white
  north | south
  east | west
  young | old
  love | hate
  win | lose
  start | stop
  push | pull
  give | take
  buy | sell
  come | go
  sleep | wake
  laugh | cry
  remember | forget
  always | never
  before | after
  inside | outside
  above | below
  front | back
  top | bottom
  friend | enemy
  king | queen
  man | woman
  boy | girl
  brother | sister
  father | mother
  son | daughter
  uncle | aunt
  summer | winter
  morning | evening
  question | answer
  true | false
  same | different
  safe | dangerous
  brave | afraid
  deep | shallow
  wide | narrow
  tall | short
  sweet | sour
  war | peace
  beautiful | ugly
  clever | stupid
  more | less
  many | few
  cheap | expensive
  awake | asleep
  alive | dead
  sick | healthy
  polite | rude
  lazy | busy
  `,
).map(({ a, b }) => [a, b] as const)

const DOUBLED = new Set(readList('run swim sit stop win forget begin travel'))

/** What a verb may take: see `repeatPhrase`. */
export type VerbObject = 'none' | 'thing' | 'food' | 'drink' | 'clothes' | 'person' | 'place' | 'vehicle'

/** A verb with its forms. */
export interface Verb {
  readonly base: string
  readonly third: string
  readonly past: string
  readonly ing: string
  readonly object: VerbObject
}

/** All verbs. */
export const VERBS: readonly Verb[] = readTable(
  ['base', 'past', 'object'],
  `
  go | went | place
  run | ran | place
  walk | walked | place
  drive | drove | place
  come | came | none
  swim | swam | none
  jump | jumped | none
  dance | danced | none
  sing | sang | none
  sleep | slept | none
  laugh | laughed | none
  cry | cried | none
  smile | smiled | none
  wait | waited | none
  work | worked | none
  play | played | none
  fall | fell | none
  sit | sat | none
  stand | stood | none
  speak | spoke | none
  climb | climbed | none
  dream | dreamed | none
  eat | ate | food
  cook | cooked | food
  bake | baked | food
  drink | drank | drink
  pour | poured | drink
  wear | wore | clothes
  wash | washed | clothes
  sew | sewed | clothes
  ride | rode | vehicle
  stop | stopped | vehicle
  see | saw | thing
  find | found | thing
  buy | bought | thing
  sell | sold | thing
  take | took | thing
  bring | brought | thing
  carry | carried | thing
  hold | held | thing
  break | broke | thing
  lose | lost | thing
  make | made | thing
  draw | drew | thing
  paint | painted | thing
  want | wanted | thing
  like | liked | thing
  love | loved | thing
  need | needed | thing
  keep | kept | thing
  hide | hid | thing
  show | showed | thing
  choose | chose | thing
  throw | threw | thing
  catch | caught | thing
  touch | touched | thing
  push | pushed | thing
  pull | pulled | thing
  open | opened | thing
  clean | cleaned | thing
  count | counted | thing
  watch | watched | thing
  forget | forgot | thing
  steal | stole | thing
  fix | fixed | thing
  build | built | thing
  measure | measured | thing
  help | helped | person
  meet | met | person
  know | knew | person
  call | called | person
  hear | heard | person
  thank | thanked | person
  visit | visited | person
  teach | taught | person
  follow | followed | person
  kiss | kissed | person
  tell | told | person
  ask | asked | person
  invite | invited | person
  read | read | none
  write | wrote | none
  think | thought | none
  learn | learned | none
  win | won | none
  fly | flew | none
  listen | listened | none
  begin | began | none
  grow | grew | none
  rest | rested | none
  shout | shouted | none
  whisper | whispered | none
  cough | coughed | none
  travel | travelled | none
  `,
).map(({ base, past, object }) => ({
  base,
  past,
  third: thirdPerson(base),
  ing: gerund(base),
  object: object as VerbObject,
}))

/** Describing words by what they fit. */
export const ADJECTIVES: Readonly<Record<'thing' | 'person' | 'weather' | 'food', readonly string[]>> = {
  thing: readList(
    'big small old new clean dirty heavy light long short strange beautiful ugly cheap expensive broken empty full round flat huge tiny pretty dusty shiny wooden wet dry soft hard thick thin special perfect',
  ),
  person: readList(
    'happy sad tired hungry thirsty angry kind clever brave young old busy friendly funny lazy nice polite quiet rich poor strong shy famous proud careful sick healthy lonely nervous calm excited curious honest jealous',
  ),
  weather: readList('warm cold hot wet dry windy sunny cloudy rainy foggy cool icy stormy'),
  food: readList('hot cold sweet fresh good bad delicious sour bitter spicy salty tasty'),
}

/** People one may speak about, with `the`. */
export const PEOPLE: readonly string[] = readList(
  'man woman boy girl baby child teacher doctor nurse farmer baker driver pilot cook king queen princess prince friend neighbour singer painter policeman soldier sailor student writer dentist waiter clown hunter judge tailor gardener fisherman captain butcher thief giant witch dancer actor',
)

/** Members of a family, with `my`. */
export const FAMILY: readonly string[] = readList(
  'mother father brother sister uncle aunt grandmother grandfather son daughter cousin wife husband family',
)

/** Parts of the body. */
export const BODY: readonly string[] = readList(
  'head hair face eye ear nose mouth tooth tongue neck shoulder arm elbow hand finger thumb chest back stomach leg knee foot toe heart skin bone lip chin',
)

/** Places with the words before them. */
export const PLACES: readonly string[] = [
  'in the garden',
  'in the kitchen',
  'in the house',
  'in the park',
  'in the forest',
  'in the street',
  'in the city',
  'in the village',
  'in the car',
  'in the box',
  'in the bedroom',
  'in the bathroom',
  'in the living room',
  'in the classroom',
  'in the jungle',
  'in the desert',
  'in the mountains',
  'in the valley',
  'in the cellar',
  'in the hotel',
  'in the restaurant',
  'in the museum',
  'in the theatre',
  'in the cinema',
  'in the library',
  'in the hospital',
  'in the bakery',
  'in the office',
  'in the factory',
  'in the corner',
  'at home',
  'at school',
  'at the station',
  'at the airport',
  'at the market',
  'at the beach',
  'at the zoo',
  'at the door',
  'at the river',
  'at the party',
  'at the circus',
  'at the bank',
  'on the table',
  'on the floor',
  'on the roof',
  'on the road',
  'on the farm',
  'on the hill',
  'on the island',
  'on the bridge',
  'on the shelf',
  'on the train',
  'on the bus',
  'under the table',
  'under the bed',
  'under the tree',
  'behind the door',
  'behind the house',
  'near the window',
  'near the lake',
  'near the church',
  'between the trees',
  'next to the school',
]

/** Where one may go, with the words before it. */
export const GOALS: readonly string[] = readList(
  'to the park, to school, to the market, to the beach, to the zoo, to the shop, home, to the station, to the river, to the village, to the hospital, to the library, to the airport, to bed, to the garden, across the bridge, through the forest, over the hill, along the road, around the lake, into the house, out of the room, up the stairs, down the street, to the city, to church, to work, to the cinema, to the bank, to the farm',
)

/** When, to begin or end a sentence with. */
export const TIMES: readonly string[] = readList(
  "today, tomorrow, yesterday, now, tonight, in the morning, in the evening, at night, at noon, every day, every week, last night, last year, next week, this afternoon, on monday, on friday, on sunday, in summer, in winter, in the spring, in autumn, in june, in december, before breakfast, after lunch, after dinner, at midnight, for an hour, all day, once again, very soon, two days ago, at six o'clock, at nine o'clock, for ten minutes, since january, until saturday, next month, this year",
)

/** How something is done. */
export const ADVERBS: readonly string[] = readList(
  'slowly quickly quietly loudly carefully happily sadly gently badly often always never sometimes usually together alone outside early late well politely suddenly easily nearly really',
)

/** Words that sound alike at the end. */
export const RHYMES: readonly (readonly string[])[] = readTable(
  ['words'],
  `
  cat hat bat rat mat
  dog fog log frog
  house mouse
  tree bee sea key tea knee pea
  ball wall tall fall
  moon spoon soon noon
  cake lake snake make take
  king ring sing wing thing
  boat goat coat
  light night right white
  star car far
  bed red head bread
  pen ten hen men
  rain train plane
  book cook look
  nose rose
  fish dish wish
  day play say may
  sun one fun run
  box fox
  bear chair pear hair
  ship trip lip
  fly sky eye cry
  snow go slow
  door four floor
  mice rice ice nice
  blue shoe two
  clock rock sock
  drum thumb plum
  bell well tell
  duck truck luck
  land sand hand
  cold gold old
  school pool fool
  stone phone bone alone
  nine wine line
  seed need feed
  mountain fountain
  kitten mitten
  money honey funny sunny
  mother brother other
  better letter
  `,
).map(({ words }) => words.split(' '))

/** Nouns whose plural is not made by rule. */
export const IRREGULAR_PLURALS: Readonly<Record<string, string>> = {
  mouse: 'mice',
  child: 'children',
  man: 'men',
  woman: 'women',
  tooth: 'teeth',
  foot: 'feet',
  goose: 'geese',
  sheep: 'sheep',
  fish: 'fish',
  deer: 'deer',
  leaf: 'leaves',
  knife: 'knives',
  wolf: 'wolves',
  thief: 'thieves',
  shelf: 'shelves',
  wife: 'wives',
  salmon: 'salmon',
  policeman: 'policemen',
  fisherman: 'fishermen',
  scarf: 'scarves',
  potato: 'potatoes',
  tomato: 'tomatoes',
  calf: 'calves',
  piano: 'pianos',
  photo: 'photos',
  radio: 'radios',
}

/** The plural of a noun. */
export function plural(noun: string): string {
  const irregular = IRREGULAR_PLURALS[noun]
  if (irregular !== undefined) return irregular
  if (/(s|x|ch|sh)$/.test(noun)) return `${noun}es`
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`
  return `${noun}s`
}

/** A noun with `a` or `an`. */
export function withArticle(noun: string): string {
  return /^[aeiou]/.test(noun) && !/^(uni|one|use)/.test(noun) ? `an ${noun}` : `a ${noun}`
}

function thirdPerson(verb: string): string {
  if (verb === 'go') return 'goes'
  if (/(s|x|ch|sh)$/.test(verb)) return `${verb}es`
  if (/[^aeiou]y$/.test(verb)) return `${verb.slice(0, -1)}ies`
  return `${verb}s`
}

function gerund(verb: string): string {
  if (DOUBLED.has(verb)) return `${verb}${verb.at(-1)}ing`
  if (/[^eo]e$/.test(verb) && verb !== 'see') return `${verb.slice(0, -1)}ing`
  return `${verb}ing`
}

/** The words of a text between white space. */
export function readWords(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
