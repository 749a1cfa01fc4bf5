/** @file What postal addresses look like, in English and in the languages around it. */

/** Alternatives of a pattern. */
export const words = (list: string): string => list.split(' ').join('|')
/** Words as they stand in names, in capitals or with a small letter at the beginning. */
export const anyCase = (list: string): string =>
  words(list).replace(/\b\p{Lu}/gu, (letter) => `[${letter}${letter.toLowerCase()}]`)

const streetWords = anyCase(
  'Street Avenue Road Boulevard Lane Drive Court Square Place Way Terrace Close Crescent Highway Parkway Grove Mews',
)
/** With their capital only, or "5 of my best dr" would be one. */
const streetAbbreviations = words('St Ave Rd Blvd Ln Dr Ct Sq Pl Hwy Pkwy')
/** Streets may end like this too, but so does much else: "10 National Park". These need a postal code behind them. */
const lesserStreets = words('Gardens Park Hill Green View Row Walk Rise Circle Trail Loop Alley Quay Wharf Gate')
const states = words(
  'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR',
)
/** The areas of British postal codes, so that "model X1 2AB" is none. */
const britishAreas = words(
  'AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU HA HD HG HP HR HS HU HX IG IP IV KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE',
)
const britishCode = String.raw`(?:${britishAreas})\d[\dA-Z]?\s\d[ABD-HJLNP-UW-Z]{2}\b`
const american = String.raw`(?:${states})\s+\d{5}(?:-\d{4})?\b`

/** A word of a name of a street or town. What stands between words is bounded everywhere, or long blanks would take long. */
const proper = String.raw`\p{Lu}[\p{L}'’.-]*`
const townName = String.raw`\p{Lu}[\p{L}'’-]*(?:[ -](?:(?:upon|on|am|an|der|de|la|le|sur|del)[ -])*\p{Lu}[\p{L}'’-]*){0,3}?`
const unit = String.raw`(?:,?\s{1,3}(?:[Aa]pt|[Aa]partment|[Ss]uite|[Ss]te|[Uu]nit|[Ff]loor|#)\.?\s{0,3}[\w-]+)?`
/** What may follow a street in English; the longest first. */
const town = String.raw`(?:(?:,\s{0,3}${townName})?,?\s{1,3}(?:${britishCode}|${american}|\d{5}(?:-\d{4})?\b)|,\s{0,3}${townName}(?:,\s{0,3}[A-Z]{2}\b)?(?![\p{L}'’-]| \p{Lu}))?`
/** A postal code and its town as they stand on the continent, after a street. */
const continental = String.raw`(?:,?\s{1,3}\d{5}\s{1,3}\p{Lu}[\p{L}'’-]*(?:\s\p{Lu}[\p{L}'’-]*)*)`

/** `221B Baker Street, Apt 4, London`; `14 Elm Grove, Leeds LS6 2AB`; `Washington, DC 20500`; `P.O. Box 12`. */
const english = [
  String.raw`\b\d{1,5}[A-Za-z]?\s{1,3}(?:${proper}\s{1,3}){1,4}(?:${streetWords}|${streetAbbreviations})\b(?:\.(?=,))?${unit}${town}`,
  String.raw`\b\d{1,5}[A-Za-z]?\s{1,3}(?:${proper}\s{1,3}){1,4}(?:${lesserStreets})\b${unit}(?:,\s{0,3}${townName})*,?\s{1,3}(?:${britishCode}|${american})`,
  String.raw`\b(?:${proper}(?:\s${proper}){0,2},?\s{1,3})?${britishCode}`,
  // Five states are words, where all is in capitals or no comma stands.
  String.raw`\b${proper}(?:\s${proper}){0,2},?\s{1,3}(?!(?:IN|OR|ME|OK|HI)\b)${american}`,
  String.raw`\b\p{Lu}\p{Ll}[\p{L}'’-]*(?:\s\p{Lu}\p{Ll}[\p{L}'’-]*){0,2},\s{1,3}${american}`,
  String.raw`\b[Pp]\.?\s?[Oo]\.?\s?[Bb][Oo][Xx]\s{1,3}\d+\b`,
]
/** `Hauptstraße 12, 10115 Berlin`; `10 rue de la Paix, 75002 Paris`; `Via Roma 12, 20121 Milano`; `calle Mayor 5, 28013 Madrid`. */
const others = [
  String.raw`\b\p{Lu}[\p{L}-]*(?:straße|strasse|str\.|weg|platz|allee|gasse)\s{1,3}\d{1,4}\s?[a-z]?\b${continental}?`,
  String.raw`\b\d{1,4}(?:\s?bis)?,?\s{1,3}(?:rue|avenue|boulevard|place|chemin|quai)\s{1,3}(?:de\s{1,3}(?:la\s{1,3}|l['’])?|du\s{1,3}|des\s{1,3})?\p{Lu}[\p{L}'’-]*(?:\s{1,3}\p{Lu}[\p{L}'’-]*)*${continental}?`,
  // "via" is an English word too: without its capital it needs the postal code.
  ...[
    [words('Via Viale Piazza Corso Vicolo'), '?'],
    [words('via viale piazza corso vicolo'), ''],
  ].map(
    ([street, optional]) =>
      String.raw`\b(?:${street})\s{1,3}(?:(?:del|dello|della|dei|degli|delle|di)\s{1,3}|dell['’])?${proper}(?:\s{1,3}${proper}){0,3},?\s{1,3}\d{1,4}[a-z]?\b${continental}${optional}`,
  ),
  ...[
    [anyCase('Calle Avenida Paseo'), '?'],
    [anyCase('Plaza Carrera Camino'), ''],
  ].map(
    ([street, optional]) =>
      String.raw`\b(?:${street})\s{1,3}(?:de\s{1,3}(?:la\s{1,3}|las\s{1,3}|los\s{1,3})?|del\s{1,3})?${proper}(?:\s{1,3}(?:de\s{1,3})?${proper}){0,3},?\s{1,3}(?:n[.º°]+\s{0,3})?\d{1,4}\b${continental}${optional}`,
  ),
]
/** What an address looks like. */
export const addressPatterns: readonly RegExp[] = [...english, ...others].map((pattern) => new RegExp(pattern, 'gu'))
