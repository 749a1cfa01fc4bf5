/** @file Names of coloured shapes in seven languages: the adjective agrees with the noun. */
import type { ShapeName } from '../shapes.ts'

/** Noun and gender (m, f or n) by language. */
const nouns: Readonly<Record<ShapeName, Readonly<Record<'fr' | 'es' | 'de' | 'it' | 'ru' | 'sw', string>>>> = {
  circle: { fr: 'm cercle', es: 'm círculo', de: 'm Kreis', it: 'm cerchio', ru: 'm круг', sw: 'n duara' },
  square: { fr: 'm carré', es: 'm cuadrado', de: 'n Quadrat', it: 'm quadrato', ru: 'm квадрат', sw: 'n mraba' },
  triangle: {
    fr: 'm triangle',
    es: 'm triángulo',
    de: 'n Dreieck',
    it: 'm triangolo',
    ru: 'm треугольник',
    sw: 'n pembetatu',
  },
  star: { fr: 'f étoile', es: 'f estrella', de: 'm Stern', it: 'f stella', ru: 'f звезда', sw: 'n nyota' },
  rectangle: {
    fr: 'm rectangle',
    es: 'm rectángulo',
    de: 'n Rechteck',
    it: 'm rettangolo',
    ru: 'm прямоугольник',
    sw: 'n mstatili',
  },
  oval: { fr: 'm ovale', es: 'm óvalo', de: 'n Oval', it: 'm ovale', ru: 'm овал', sw: 'n duaradufu' },
  diamond: { fr: 'm losange', es: 'm rombo', de: 'f Raute', it: 'm rombo', ru: 'm ромб', sw: 'n almasi' },
  pentagon: {
    fr: 'm pentagone',
    es: 'm pentágono',
    de: 'n Fünfeck',
    it: 'm pentagono',
    ru: 'm пятиугольник',
    sw: 'n pembetano',
  },
  hexagon: {
    fr: 'm hexagone',
    es: 'm hexágono',
    de: 'n Sechseck',
    it: 'm esagono',
    ru: 'm шестиугольник',
    sw: 'n pembesita',
  },
  cross: { fr: 'f croix', es: 'f cruz', de: 'n Kreuz', it: 'f croce', ru: 'm крест', sw: 'n msalaba' },
  ring: { fr: 'm anneau', es: 'm anillo', de: 'm Ring', it: 'm anello', ru: 'n кольцо', sw: 'n pete' },
  crescent: {
    fr: 'm croissant',
    es: 'f medialuna',
    de: 'f Mondsichel',
    it: 'f mezzaluna',
    ru: 'm полумесяц',
    sw: 'n hilali',
  },
}

/** Adjectives as `masculine,feminine`; German as its stem; Russian as `masculine,feminine,neuter`; Swahili as the colour's name. */
const adjectives: Readonly<Record<string, Readonly<Record<'fr' | 'es' | 'de' | 'it' | 'ru' | 'sw', string>>>> = {
  red: {
    fr: 'rouge,rouge',
    es: 'rojo,roja',
    de: 'rot',
    it: 'rosso,rossa',
    ru: 'красный,красная,красное',
    sw: 'nyekundu',
  },
  orange: {
    fr: 'orange,orange',
    es: 'naranja,naranja',
    de: 'orange',
    it: 'arancione,arancione',
    ru: 'оранжевый,оранжевая,оранжевое',
    sw: 'ya rangi ya chungwa',
  },
  yellow: {
    fr: 'jaune,jaune',
    es: 'amarillo,amarilla',
    de: 'gelb',
    it: 'giallo,gialla',
    ru: 'жёлтый,жёлтая,жёлтое',
    sw: 'ya manjano',
  },
  green: {
    fr: 'vert,verte',
    es: 'verde,verde',
    de: 'grün',
    it: 'verde,verde',
    ru: 'зелёный,зелёная,зелёное',
    sw: 'ya kijani',
  },
  blue: { fr: 'bleu,bleue', es: 'azul,azul', de: 'blau', it: 'blu,blu', ru: 'синий,синяя,синее', sw: 'ya buluu' },
  purple: {
    fr: 'violet,violette',
    es: 'morado,morada',
    de: 'lila',
    it: 'viola,viola',
    ru: 'фиолетовый,фиолетовая,фиолетовое',
    sw: 'ya zambarau',
  },
  pink: {
    fr: 'rose,rose',
    es: 'rosa,rosa',
    de: 'rosa',
    it: 'rosa,rosa',
    ru: 'розовый,розовая,розовое',
    sw: 'ya waridi',
  },
  brown: {
    fr: 'marron,marron',
    es: 'marrón,marrón',
    de: 'braun',
    it: 'marrone,marrone',
    ru: 'коричневый,коричневая,коричневое',
    sw: 'ya kahawia',
  },
  grey: {
    fr: 'gris,grise',
    es: 'gris,gris',
    de: 'grau',
    it: 'grigio,grigia',
    ru: 'серый,серая,серое',
    sw: 'ya kijivu',
  },
  black: {
    fr: 'noir,noire',
    es: 'negro,negra',
    de: 'schwarz',
    it: 'nero,nera',
    ru: 'чёрный,чёрная,чёрное',
    sw: 'nyeusi',
  },
}

const germanEndings: Readonly<Record<string, string>> = { m: 'er', f: 'e', n: 'es' }
const invariableGerman: ReadonlySet<string> = new Set(['orange', 'lila', 'rosa'])

/** The names of, for example, a red circle. */
export function shapeThingNames(colour: string, shape: ShapeName): Readonly<Record<string, string>> {
  const names: Record<string, string> = { en: `${colour} ${shape}` }
  const adjective = adjectives[colour]
  if (adjective === undefined) return names
  for (const lang of ['fr', 'es', 'de', 'it', 'ru', 'sw'] as const) {
    const [gender = 'm', noun = ''] = nouns[shape][lang].split(' ')
    const forms = adjective[lang].split(',')
    const form = forms[Math.min(forms.length - 1, gender === 'f' ? 1 : gender === 'n' ? 2 : 0)] ?? ''
    if (lang === 'de') names[lang] = `${form}${invariableGerman.has(form) ? '' : (germanEndings[gender] ?? '')} ${noun}`
    else if (lang === 'ru') names[lang] = `${form} ${noun}`
    else names[lang] = `${noun} ${form}`
  }
  return names
}
