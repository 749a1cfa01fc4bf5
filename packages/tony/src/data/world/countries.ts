/** @file Countries with their capitals, main languages and continents: our own table of common knowledge. */
import { readTable } from './table.ts'

/** A country. Names are written in lower case as in the whole vocabulary; `titleCase` writes them for people. */
export interface Country {
  readonly name: string
  readonly capital: string
  /** Empty where there is no single main language. */
  readonly language: string
  readonly continent: string
}

/** All countries. */
export const COUNTRIES: readonly Country[] = readTable(
  ['name', 'capital', 'language', 'continent'],
  `
  france | paris | french | europe
  germany | berlin | german | europe
  spain | madrid | spanish | europe
  italy | rome | italian | europe
  portugal | lisbon | portuguese | europe
  england | london | english | europe
  ireland | dublin | english | europe
  scotland | edinburgh | english | europe
  belgium | brussels | | europe
  austria | vienna | german | europe
  switzerland | bern | | europe
  denmark | copenhagen | danish | europe
  sweden | stockholm | swedish | europe
  norway | oslo | norwegian | europe
  finland | helsinki | finnish | europe
  iceland | reykjavik | icelandic | europe
  poland | warsaw | polish | europe
  hungary | budapest | hungarian | europe
  romania | bucharest | romanian | europe
  bulgaria | sofia | bulgarian | europe
  greece | athens | greek | europe
  croatia | zagreb | croatian | europe
  serbia | belgrade | serbian | europe
  ukraine | kyiv | ukrainian | europe
  russia | moscow | russian | europe
  estonia | tallinn | estonian | europe
  latvia | riga | latvian | europe
  albania | tirana | albanian | europe
  turkey | ankara | turkish | asia
  china | beijing | chinese | asia
  japan | tokyo | japanese | asia
  india | delhi | | asia
  thailand | bangkok | thai | asia
  vietnam | hanoi | vietnamese | asia
  indonesia | jakarta | indonesian | asia
  nepal | kathmandu | nepali | asia
  mongolia | ulaanbaatar | mongolian | asia
  iran | tehran | persian | asia
  iraq | baghdad | arabic | asia
  jordan | amman | arabic | asia
  lebanon | beirut | arabic | asia
  syria | damascus | arabic | asia
  egypt | cairo | arabic | africa
  morocco | rabat | arabic | africa
  tunisia | tunis | arabic | africa
  kenya | nairobi | swahili | africa
  nigeria | abuja | english | africa
  ghana | accra | english | africa
  ethiopia | | amharic | africa
  senegal | dakar | french | africa
  uganda | kampala | english | africa
  zambia | lusaka | english | africa
  somalia | mogadishu | somali | africa
  angola | luanda | portuguese | africa
  canada | ottawa | | america
  mexico | | spanish | america
  cuba | havana | spanish | america
  brazil | brasilia | portuguese | america
  chile | santiago | spanish | america
  peru | lima | spanish | america
  colombia | bogota | spanish | america
  argentina | | spanish | america
  jamaica | kingston | english | america
  venezuela | caracas | spanish | america
  australia | canberra | english | australia
`,
)
