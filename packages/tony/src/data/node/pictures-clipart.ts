/** @file Finds the clip art whose file name says clearly which thing it shows. */
import { basename, relative } from 'node:path'
import type { Thing } from './pictures-things.ts'

/** A file with the thing that its name names. */
export interface ClipArt {
  readonly path: string
  readonly thing: Thing
}

/** Words of a file name that turn it into another thing, or into a scene, an icon or a part. */
const otherwise: ReadonlySet<string> = new Set(
  `icon icons map maps with room button buttons and or of for from on in at half slice sliced slices wedge head platter box juice symbol cap cat dog bat
  plays singing leash tux pot toast chips core worm bitten branch branches roots cob cube ring rings only one silhouette silhou silhouet silhouett contour outline lineart sketch
  outlined empty bw bwh highlight crystal theme cd stop racket glove shoe shoes scroll berries cluster palm tile tiles corner corners border frame pattern
  game games card cards plan plans sign signs flag font fonts keyboard keyboardlayout mouse key keys double crossed broken split cross station hotel indoor
  pets access web email mail music sound txt html image documents favorite important inbox outbox video system tools toys home locked grey gray folder file mount unmount
  fashion police doctor nurse chemist reading thinking soccer ball muffin water pitcher burner pepperoni cheese apple cherry orange pumpkin fries bottle bottles straw
  open closed opened part body clothing elements elem style design clip art shading without lit notlit bulb case stand receiver handset near profile helmet pitch
  left right up down big small light dark hour spot club store shop post office bar house garden tree plant fruit vegitables vegetables print prints paw
  scrathing scratching flying spider football computer wings toy sings internet network modem text desk window door wall ware paste brush paper book music
  note notes sheet stars stripes step steps eclipse phase phases cheetah tiger full new quarter half gibbous crescent face faces hair boy girl man woman
  white black red green blue yellow purple pink brown nero`.split(/\s+/),
)

/** Folders of icons, flags, cards and abstract forms. */
const strayFolders =
  /^(computer|special|logos|shapes|buttons|geography\/(?!astronomy)|decorations|unsorted\/duplicates|recreation\/games\/cards|recreation\/music\/CD_Player|signs_and_symbols\/(?!clocks|weather|awards)|transportation\/(roadsigns|aiga-symbols)|symbols|military|town\/flags|town\/roadsigns)/

const fillers: ReadonlySet<string> = new Set(['a', 'an', 'the', 'simple', 'cartoon'])

/** Colours may come before or after the name of a thing whose colour is free. */
const coloured: ReadonlySet<string> = new Set([
  'black',
  'white',
  'red',
  'green',
  'blue',
  'yellow',
  'purple',
  'pink',
  'brown',
  'grey',
])

/** The files among `paths` that show one of `things`; `skip` names files (without folders) known to mislead. */
export function findClipArt(
  root: string,
  paths: readonly string[],
  options: { readonly things: readonly Thing[]; readonly skip?: ReadonlySet<string> },
): ClipArt[] {
  const byName = new Map<string, Thing>()
  for (const thing of options.things) for (const name of [thing.name, ...thing.aliases]) byName.set(name, thing)
  const result: ClipArt[] = []
  for (const path of paths) {
    if (strayFolders.test(relative(root, path)) || options.skip?.has(basename(path))) continue
    const thing = thingOfFile(basename(path), byName)
    if (thing !== undefined) result.push({ path, thing })
  }
  return result
}

/** The thing a file name begins with, if nothing in the rest makes it something else. */
export function thingOfFile(name: string, byName: ReadonlyMap<string, Thing>): Thing | undefined {
  let words = name
    .replace(/\.(png|svg)$/i, '')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .map((word) => word.replace(/^t?\d+|\d+\p{L}?$/gu, ''))
    .filter((word) => word.length > 1 || word === 't')
  while (words.length > 1 && fillers.has(words[0]!)) words = words.slice(1)
  for (let take = Math.min(3, words.length); take > 0; take--) {
    const key = words.slice(0, take).join(' ')
    const thing = byName.get(key) ?? byName.get(key.replace(/s$/, ''))
    if (thing !== undefined)
      return words.slice(take).some((word) => otherwise.has(word) && !coloured.has(word)) ? undefined : thing
  }
  return undefined
}
