/** @file The animals of the small world. */
import { readTable } from './table.ts'

/** An animal; empty cells mean that nothing is asked about it. */
export interface Animal {
  readonly name: string
  /** `mammal`, `bird`, `fish`, `insect`, `reptile` or `other`. */
  readonly group: string
  /** From 1 (ant) to 20 (whale); animals of one size are never compared. */
  readonly size: number
  readonly legs: number
  /** What it says: `woof`. */
  readonly sound: string
  /** Verb of its sound: `barks`. */
  readonly verb: string
  /** Where it lives: `on a farm`. */
  readonly home: string
  readonly baby: string
  /** What is true of it alone among the animals here: `has a long trunk`. */
  readonly hint: string
  readonly moves: string
}

const ROWS = readTable(
  ['name', 'group', 'size', 'legs', 'sound', 'verb', 'home', 'baby', 'hint', 'moves'],
  `
  dog      | mammal | 8  | 4 | woof     | barks  | in a house      | puppy    | says woof and guards the house        | run
  cat      | mammal | 7  | 4 | meow     |        | in a house      | kitten   | says meow and catches mice            | run
  cow      | mammal | 15 | 4 | moo      |        | on a farm       | calf     | gives us milk and says moo            | run
  horse    | mammal | 16 | 4 | neigh    | neighs | on a farm       | foal     | pulls carts and people ride it        | run
  pig      | mammal | 12 | 4 | oink     | oinks  | on a farm       | piglet   | is pink and loves mud                 | run
  sheep    | mammal | 11 | 4 | baa      |        | on a farm       | lamb     | gives us wool                         | run
  goat     | mammal | 11 | 4 |          |        | on a farm       |          | has a beard and eats everything       | run
  donkey   | mammal | 13 | 4 |          |        | on a farm       |          | looks like a small horse with long ears | run
  duck     | bird   | 5  | 2 | quack    | quacks | on a pond       | duckling | swims on a pond and says quack        | swim
  hen      | bird   | 5  | 2 | cluck    | clucks | on a farm       | chick    | lays eggs for us                      | walk
  goose    | bird   | 6  | 2 | honk     | honks  | on a farm       |          | is a big white bird that says honk    | swim
  rooster  | bird   | 5  | 2 |          |        | on a farm       |          | wakes us up in the morning            | walk
  mouse    | mammal | 3  | 4 | squeak   | squeaks | in a hole      |          | is small and grey and likes cheese    | run
  rat      | mammal | 4  | 4 |          |        |                 |          |                                       | run
  rabbit   | mammal | 6  | 4 |          |        | in a hole       |          | has long ears and eats carrots        | jump
  lion     | mammal | 14 | 4 | roar     | roars  | in africa       | cub      | is the king of the animals            | run
  tiger    | mammal | 14 | 4 |          |        | in asia         |          | is a big orange cat with black stripes | run
  bear     | mammal | 15 | 4 | growl    | growls | in the forest   |          | sleeps all winter and likes honey     | run
  wolf     | mammal | 9  | 4 | howl     | howls  | in the forest   |          | looks like a wild dog                 | run
  fox      | mammal | 7  | 4 |          |        | in the forest   |          | is red and clever with a long tail    | run
  deer     | mammal | 12 | 4 |          |        | in the forest   | fawn     |                                       | run
  elephant | mammal | 19 | 4 |          |        | in africa       |          | has a long trunk and big ears         | walk
  giraffe  | mammal | 18 | 4 |          |        | in africa       |          | has a very long neck                  | run
  zebra    | mammal | 14 | 4 |          |        | in africa       |          | is a horse with black and white stripes | run
  monkey   | mammal | 7  | 4 |          |        | in the jungle   |          | climbs trees and eats bananas         | climb
  camel    | mammal | 17 | 4 |          |        | in the desert   |          | walks in the desert without water     | walk
  kangaroo | mammal | 13 | 2 |          |        | in australia    | joey     | carries its baby in a pocket          | jump
  panda    | mammal | 13 | 4 |          |        | in china        |          | is a black and white bear             | climb
  squirrel | mammal | 4  | 4 |          |        | in a tree       |          | hides nuts in a tree                  | climb
  hedgehog | mammal | 4  | 4 |          |        | in the garden   |          | is a small animal with sharp needles  | walk
  bat      | mammal | 3  | 2 |          |        | in a cave       |          | flies at night and sleeps upside down | fly
  whale    | mammal | 20 | 0 |          |        | in the sea      |          | is the biggest animal in the sea      | swim
  dolphin  | mammal | 13 | 0 |          |        | in the sea      |          | is a clever friend in the sea         | swim
  seal     | mammal | 12 | 0 |          |        | in the sea      |          |                                       | swim
  eagle    | bird   | 6  | 2 |          |        | in the mountains |         | is a strong bird of the mountains     | fly
  owl      | bird   | 5  | 2 | hoot     | hoots  | in a tree       |          | is a bird that hunts at night         | fly
  parrot   | bird   | 4  | 2 |          |        | in the jungle   |          | is a bird that can talk               | fly
  penguin  | bird   | 6  | 2 |          |        | on the ice      |          | is a black and white bird that swims  | swim
  swan     | bird   | 7  | 2 |          |        | on a lake       |          |                                       | swim
  crow     | bird   | 5  | 2 | caw      |        | in a tree       |          | is a black bird                       | fly
  robin    | bird   | 3  | 2 | tweet    |        | in the garden   |          | is a small bird with a red chest      | fly
  fish     | fish   | 4  | 0 |          |        | in water        |          |                                       | swim
  shark    | fish   | 16 | 0 |          |        | in the sea      |          | is a big fish with sharp teeth        | swim
  salmon   | fish   | 5  | 0 |          |        | in a river      |          |                                       | swim
  bee      | insect | 1  | 6 | buzz     | buzzes | in a hive       |          | makes honey                           | fly
  ant      | insect | 1  | 6 |          |        | in the ground   |          | is very small and strong and works hard | walk
  fly      | insect | 1  | 6 | buzz     | buzzes |                 |          |                                       | fly
  butterfly | insect | 2 | 6 |          |        | in the garden   |          | was a caterpillar when it was young   | fly
  spider   | other  | 2  | 8 |          |        | in a web        |          | has eight legs and makes a web        | walk
  snake    | reptile | 8 | 0 | hiss     | hisses | in the grass    |          | is long and has no legs               | crawl
  crocodile | reptile | 14 | 4 |        |        | in a river      |          | is a green animal with a huge mouth   | swim
  turtle   | reptile | 6 | 4 |          |        | in the sea      |          | carries its house on its back and swims | swim
  lizard   | reptile | 3 | 4 |          |        |                 |          |                                       | run
  frog     | other  | 3  | 4 | ribbit   | croaks | in a pond       | tadpole  | is small and green and jumps          | jump
  snail    | other  | 2  | 0 |          |        | in the garden   |          | is very slow and has a shell          | crawl
  worm     | other  | 2  | 0 |          |        | in the ground   |          | is long and lives in the ground       | crawl
  octopus  | other  | 8  | 8 |          |        | in the sea      |          | has eight arms                        | swim
  crab     | other  | 4  | 8 |          |        | on the beach    |          | walks to the side                     | walk
`,
)

/** All animals. */
export const ANIMALS: readonly Animal[] = ROWS.map((row) => ({
  ...row,
  size: Number(row.size),
  legs: Number(row.legs),
}))
