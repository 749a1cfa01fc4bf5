/** @file One list of phones for all engines: the 39 of the CMU dictionary, schwa and a pause. */
import { TonyError } from '../../util/errors.ts'

/** The phone of silence. */
export const PAUSE = 'pau'

/** All phones that alignments name. flite's `ax` is kept: it is its most frequent vowel. */
export const PHONES: readonly string[] = [
  PAUSE, 'AA', 'AE', 'AH', 'AO', 'AW', 'AX', 'AY', 'B', 'CH', 'D', 'DH', 'EH', 'ER', 'EY', 'F', 'G', 'HH', 'IH', 'IY', 'JH', 'K', 'L',
  'M', 'N', 'NG', 'OW', 'OY', 'P', 'R', 'S', 'SH', 'T', 'TH', 'UH', 'UW', 'V', 'W', 'Y', 'Z', 'ZH',
] // prettier-ignore

/** espeak-ng's mnemonics of its English voices as phones above; what espeak counts as one phone may be two here. */
const ESPEAK: Readonly<Record<string, string>> = {
  a: 'AE', aa: 'AE', 'a#': 'AX', A: 'AA', 'A:': 'AA', 'A@': 'AA R', '0': 'AA', '0#': 'AO', O: 'AO', 'O:': 'AO', 'O@': 'AO R', 'o@': 'AO R', O2: 'AO',
  V: 'AH', E: 'EH', 'e@': 'EH R', e: 'EH', I: 'IH', I2: 'IH', 'I#': 'IH', 'I@': 'IH R', 'i@': 'IY AX', 'i@3': 'IH R', i: 'IY', 'i:': 'IY',
  U: 'UH', 'U@': 'UH R', u: 'UW', 'u:': 'UW', '3': 'ER', '3:': 'ER', '@': 'AX', '@2': 'AX', '@5': 'AX', '@L': 'AX L', '@-': 'AX',
  aI: 'AY', 'aI@': 'AY AX', aI3: 'AY ER', aU: 'AW', 'aU@': 'AW AX', eI: 'EY', OI: 'OY', oU: 'OW', '3U': 'OW', 'o:': 'OW', 'e:': 'EY', VR: 'AH R',
  p: 'P', b: 'B', t: 'T', 't2': 'T', 't#': 'T', '*': 'T', '?': 'T', d: 'D', 'd#': 'D', k: 'K', g: 'G', f: 'F', v: 'V', T: 'TH', D: 'DH', s: 'S', z: 'Z',
  'z#': 'Z', 's#': 'S', S: 'SH', Z: 'ZH', h: 'HH', m: 'M', n: 'N', N: 'NG', 'N#': 'NG', l: 'L', l3: 'L', L: 'L', r: 'R', 'r-': 'R', 'r/': 'R', R: 'R', R2: 'R', w: 'W', w2: 'W',
  w2f: 'W', hw: 'W', 'w#': 'W', 't[': 'T', 'd[': 'D', ';': 'Y', aI2: 'AY', IR: 'IH R', VR2: 'AH R', ER: 'EH R', j: 'Y', tS: 'CH', dZ: 'JH', x: 'K', 'm-': 'AX M', 'n-': 'AX N', 'l-': 'AX L',
} // prettier-ignore

/** The phones of an espeak-ng mnemonic; none for pauses. */
export function espeakPhones(mnemonic: string): readonly string[] {
  if (mnemonic === '' || mnemonic.startsWith('_')) return []
  const phones = ESPEAK[mnemonic]
  if (phones === undefined) throw new TonyError('internal', `espeak: phone '${mnemonic}' is not in the table`)
  return phones.split(' ')
}
