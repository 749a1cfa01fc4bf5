/** @file The things of the small world that are not alive. */
import { readTable } from './table.ts'

/** A thing; empty cells mean that nothing is asked about it. */
export interface Thing {
  readonly name: string
  /** `fruit`, `tool` and so on; see `CATEGORY_NAMES` in categories.ts. */
  readonly category: string
  /** From 1 (crumb) to 20 (sun); things of one size are never compared. */
  readonly size: number
  /** Its usual colour. */
  readonly colour: string
  /** Where it is found: `in the kitchen`. */
  readonly place: string
  /** What one does with it: `cut bread`. */
  readonly use: string
  /** What it is made of. */
  readonly material: string
  /** What is true of it alone among the things here: `tells you the time`. */
  readonly hint: string
}

const ROWS = readTable(
  ['name', 'category', 'size', 'colour', 'place', 'use', 'material', 'hint'],
  `
  apple      | fruit     | 4 |        | on a tree        |              |          | is a round fruit that keeps the doctor away
  banana     | fruit     | 5 | yellow |                  |              |          | is a long yellow fruit
  orange     | fruit     | 4 | orange | on a tree        |              |          |
  lemon      | fruit     | 4 | yellow | on a tree        |              |          | is a sour yellow fruit
  cherry     | fruit     | 2 | red    | on a tree        |              |          | is a small red fruit with a stone
  strawberry | fruit     | 2 | red    | in the garden    |              |          |
  grape      | fruit     | 2 |        |                  |              |          | is a small fruit that makes wine
  pear       | fruit     | 4 |        | on a tree        |              |          |
  peach      | fruit     | 4 |        | on a tree        |              |          |
  melon      | fruit     | 6 |        |                  |              |          |
  plum       | fruit     | 3 | purple | on a tree        |              |          |
  carrot     | vegetable | 4 | orange | in the ground    |              |          | is a long orange vegetable
  potato     | vegetable | 4 | brown  | in the ground    |              |          |
  tomato     | vegetable | 4 | red    | in the garden    |              |          |
  onion      | vegetable | 4 |        | in the ground    |              |          | makes you cry when you cut it
  cabbage    | vegetable | 6 | green  | in the garden    |              |          |
  cucumber   | vegetable | 5 | green  | in the garden    |              |          |
  pumpkin    | vegetable | 8 | orange | in the garden    |              |          | is a huge orange vegetable
  pea        | vegetable | 1 | green  | in the garden    |              |          | is a very small round green vegetable
  bean       | vegetable | 1 |        | in the garden    |              |          |
  bread      | food      | 6 | brown  | in the bakery    |              | flour    | is made by a baker
  cheese     | food      | 5 | yellow | in the kitchen   |              | milk     | is yellow food that mice like
  butter     | food      | 4 | yellow | in the fridge    |              | milk     |
  egg        | food      | 3 |        | in the fridge    |              |          | comes from a hen
  rice       | food      | 1 | white  | in the kitchen   |              |          |
  soup       | food      | 5 |        | in the kitchen   |              |          | is hot food that you eat with a spoon
  cake       | food      | 6 |        | in the bakery    |              | flour    | is sweet food for a birthday
  cookie     | food      | 3 | brown  |                  |              | flour    |
  pizza      | food      | 6 |        |                  |              |          | is round food from italy
  sandwich   | food      | 5 |        |                  |              | bread    |
  honey      | food      | 3 | yellow |                  |              |          | is sweet food that bees make
  sugar      | food      | 1 | white  | in the kitchen   |              |          |
  salt       | food      | 1 | white  | in the kitchen   |              |          |
  chocolate  | food      | 4 | brown  |                  |              |          | is sweet and brown
  meat       | food      | 5 | red    | in the fridge    |              |          |
  milk       | drink     | 5 | white  | in the fridge    |              |          | is a white drink
  water      | drink     | 5 |        | in a river       |              |          |
  tea        | drink     | 4 |        |                  |              |          |
  coffee     | drink     | 4 | black  |                  |              |          | is a black drink for the morning
  juice      | drink     | 4 |        | in the fridge    |              | fruit    |
  table      | furniture | 11 |       | in the kitchen   |              | wood     |
  chair      | furniture | 9 |        | in the kitchen   | sit          | wood     | has four legs and you sit on it
  bed        | furniture | 12 |       | in the bedroom   | sleep        |          | is soft and you sleep in it
  sofa       | furniture | 12 |       | in the living room | sit        |          |
  cupboard   | furniture | 12 |       | in the kitchen   |              | wood     |
  desk       | furniture | 11 |       | in the office    | work         | wood     |
  shelf      | furniture | 10 |       |                  |              | wood     | holds many books
  lamp       | furniture | 7 |        | in the living room | see        |          | gives light when it is dark
  mirror     | furniture | 8 |        | in the bathroom  | see yourself | glass    | shows you your own face
  cup        | dish      | 4 |        | in the kitchen   | drink        |          |
  glass      | dish      | 4 |        | in the kitchen   | drink        | glass    |
  plate      | dish      | 5 |        | in the kitchen   | eat          |          |
  bowl       | dish      | 5 |        | in the kitchen   | eat          |          |
  bottle     | dish      | 5 |        | in the kitchen   | drink        | glass    |
  knife      | tool      | 4 |        | in the kitchen   | cut          | metal    | is sharp and cuts bread
  fork       | tool      | 4 |        | in the kitchen   | eat          | metal    |
  spoon      | tool      | 4 |        | in the kitchen   | eat soup     | metal    |
  pot        | tool      | 6 |        | in the kitchen   | cook         | metal    |
  hammer     | tool      | 6 |        |                  | hit nails    | metal    | is a tool that hits nails
  nail       | tool      | 2 |        |                  |              | metal    |
  saw        | tool      | 6 |        |                  | cut wood     | metal    | is a tool that cuts wood
  key        | tool      | 2 |        |                  | open a door  | metal    | opens a door
  scissors   | tool      | 4 |        |                  | cut paper    | metal    | cut paper and hair
  needle     | tool      | 1 |        |                  | sew          | metal    | is thin and sharp and you sew with it
  rope       | tool      | 7 |        |                  | tie          |          |
  ladder     | tool      | 12 |       |                  | climb        | wood     | helps you to climb up a wall
  broom      | tool      | 9 |        |                  | sweep the floor | wood  | is a long tool that cleans the floor
  bucket     | tool      | 7 |        |                  | carry water  |          | is a round thing that carries water
  brush      | tool      | 4 |        |                  | paint        |          |
  comb       | tool      | 3 |        | in the bathroom  | comb your hair | plastic |
  soap       | tool      | 3 |        | in the bathroom  | wash         |          | makes your hands clean
  towel      | tool      | 6 |        | in the bathroom  | dry yourself | cotton   | makes you dry after a bath
  book       | school thing | 5 |     | in the library   | read         | paper    | has many pages and you read it
  pen        | school thing | 3 |     | at school        | write        | plastic  |
  pencil     | school thing | 3 |     | at school        | draw         | wood     |
  paper      | school thing | 4 | white | at school      |              | wood     |
  ruler      | school thing | 4 |     | at school        | measure      |          |
  map        | school thing | 5 |     |                  | find the way | paper    | shows you the way
  letter     | school thing | 4 |     |                  | read         | paper    |
  newspaper  | school thing | 5 |     |                  | read         | paper    |
  ball       | toy       | 4 |        |                  | play         |          | is a round toy
  doll       | toy       | 5 |        |                  | play         |          | is a toy that looks like a baby
  kite       | toy       | 6 |        |                  | play         | paper    | is a toy that flies in the wind
  puzzle     | toy       | 4 |        |                  | play         |          |
  balloon    | toy       | 5 |        |                  | play         |          | is full of air
  drum       | instrument | 7 |       |                  | make music   |          | is an instrument that you hit
  piano      | instrument | 13 |      |                  | make music   |          | is an instrument with black and white keys
  guitar     | instrument | 8 |       |                  | make music   | wood     |
  violin     | instrument | 6 |       |                  | make music   | wood     |
  flute      | instrument | 5 |       |                  | make music   |          |
  bell       | instrument | 4 |       |                  | ring         | metal    |
  shirt      | clothes   | 6 |        | in the bedroom   | wear         | cotton   |
  dress      | clothes   | 7 |        |                  | wear         | cotton   |
  coat       | clothes   | 7 |        |                  | wear         | wool     | keeps you warm outside in winter
  hat        | clothes   | 5 |        |                  | wear         |          | sits on your head
  shoe       | clothes   | 5 |        |                  | wear         | leather  |
  sock       | clothes   | 3 |        |                  | wear         | cotton   |
  glove      | clothes   | 3 |        |                  | wear         |          | keeps your hand warm
  scarf      | clothes   | 5 |        |                  | wear         | wool     | keeps your neck warm
  trousers   | clothes   | 6 |        |                  | wear         | cotton   |
  belt       | clothes   | 5 |        |                  | wear         | leather  |
  boot       | clothes   | 5 |        |                  | wear         | leather  |
  ring       | clothes   | 1 |        |                  | wear         | gold     | is a small gold thing for your finger
  bag        | clothes   | 6 |        |                  | carry things |          |
  umbrella   | clothes   | 7 |        |                  | stay dry     |          | keeps you dry in the rain
  car        | vehicle   | 14 |       | on the road      | drive        | metal    |
  bus        | vehicle   | 16 |       | on the road      |              | metal    | takes many people on the road
  truck      | vehicle   | 16 |       | on the road      |              | metal    |
  train      | vehicle   | 18 |       | at the station   |              | metal    | drives from station to station
  bicycle    | vehicle   | 11 |       | on the road      | ride         | metal    | has two wheels
  boat       | vehicle   | 15 |       | on the water     |              |          |
  ship       | vehicle   | 18 |       | on the sea       |              | metal    | carries people over the sea
  plane      | vehicle   | 18 |       | at the airport   |              | metal    | flies and has an engine and two wings
  taxi       | vehicle   | 14 | yellow | on the road     |              | metal    |
  rocket     | vehicle   | 17 |       |                  |              | metal    | flies to the moon
  door       | building part | 11 |   |                  | go in        | wood     |
  window     | building part | 10 |   |                  | look out     | glass    |
  wall       | building part | 15 |   |                  |              | stone    |
  roof       | building part | 16 |   |                  |              |          | is on top of a house
  floor      | building part | 15 |   |                  |              |          |
  house      | building  | 17 |       | in the street    | live         | stone    |
  school     | building  | 18 |       | in the town      | learn        | stone    | is where children learn
  hospital   | building  | 18 |       | in the town      |              | stone    | is where doctors help sick people
  church     | building  | 18 |       | in the town      |              | stone    |
  castle     | building  | 19 |       |                  |              | stone    | is where a king lives
  bridge     | building  | 18 |       | over a river     |              |          | goes over a river
  tower      | building  | 18 |       |                  |              | stone    |
  shop       | building  | 16 |       | in the town      | buy things   |          |
  clock      | machine   | 6 |        | on the wall      |              |          | tells you the time
  phone      | machine   | 4 |        |                  | call a friend | plastic | rings and you talk with it
  radio      | machine   | 6 |        |                  | listen to music |       |
  camera     | machine   | 5 |        |                  | take pictures |         | takes pictures
  computer   | machine   | 8 |        | in the office    | work         |          |
  fridge     | machine   | 12 | white | in the kitchen   | keep food cold |        | keeps food cold
  television | machine   | 9 |        | in the living room | watch films |         |
  oven       | machine   | 11 |       | in the kitchen   | bake         | metal    |
  sun        | sky thing | 20 | yellow | in the sky      |              |          | gives us light by day
  moon       | sky thing | 19 |       | in the sky       |              |          | gives a little light at night
  star       | sky thing |   |        | in the sky       |              |          |
  cloud      | sky thing | 17 | white | in the sky       |              |          | is white and brings rain
  snow       | weather   |   | white  |                  |              | water    | is white and cold and falls in winter
  rain       | weather   |   |        |                  |              | water    |
  ice        | weather   |   |        |                  |              | water    |
  wind       | weather   |   |        |                  |              |          |
  tree       | plant     | 16 | green | in the forest    |              |          |
  flower     | plant     | 4 |        | in the garden    |              |          |
  rose       | plant     | 4 | red    | in the garden    |              |          |
  grass      | plant     | 2 | green  | in the garden    |              |          | is green and cows eat it
  leaf       | plant     | 2 | green  | on a tree        |              |          |
  mushroom   | plant     | 3 |        | in the forest    |              |          |
  fire       | nature    |   | red    |                  |              |          |
  blood      | nature    |   | red    |                  |              |          |
  coal       | nature    |   | black  | in the ground    |              |          |
  sand       | nature    |   | yellow | on the beach     |              |          |
  stone      | nature    | 4 | grey   | on the ground    |              | stone    |
  mountain   | nature    | 19 |       |                  |              | stone    |
  coin       | money     | 1 |        |                  | pay          | metal    | is round money
`,
)

/** All things. */
export const THINGS: readonly Thing[] = ROWS.map((row) => ({ ...row, size: Number(row.size) }))
