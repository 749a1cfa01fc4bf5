/** @file Recordings of people in Debian packages, by speaker: what they say, in ten languages, is not needed (data/voice-exchange.ts). */
import { basename, join } from 'node:path'
import { TonyError } from '../../util/errors.ts'
import { filesUnder, installDeb, type Report } from './pictures-packages.ts'

/** One person, or the few who recorded one language. */
export interface Speaker {
  readonly name: string
  readonly license: string
  /** Sound files, in order. */
  readonly files: readonly string[]
}

/** Languages of which tuxpaint-stamps-default has five minutes or more. */
const LANGUAGES = ['be', 'bg', 'ca', 'da', 'el', 'es', 'fr', 'ro', 'ru']
const STAMPS = { package: 'tuxpaint-stamps-default', folder: 'usr/share/tuxpaint/stamps', license: 'GPL-2.0-or-later' }
/** The sentences from which festival's Russian voice was made. */
const NSH = {
  package: 'festvox-ru',
  folder: 'usr/share/festival/voices/russian/msu_ru_nsh_clunits/wav',
  license: 'BSD-like (Nickolay V. Shmyrev)',
}

/**
 * The speakers, from packages unpacked under `cache`.
 *
 * @throws TonyError `missing_dependency` where the packages cannot be had, `not_found` where they have changed.
 */
export async function peopleRecorded(cache: string, report: Report): Promise<Speaker[]> {
  const root = await installDeb(cache, [STAMPS.package, NSH.package], report)
  const stamps = filesUnder(join(root, STAMPS.folder), (path) => path.endsWith('.ogg'))
  const speakers: Speaker[] = LANGUAGES.map((language) => ({
    name: language,
    license: STAMPS.license,
    files: stamps.filter((path) => basename(path).endsWith(`_desc_${language}.ogg`)),
  }))
  const all = [
    ...speakers,
    { name: 'nsh', license: NSH.license, files: filesUnder(join(root, NSH.folder), (path) => path.endsWith('.wav')) },
  ]
  const none = all.find(({ files }) => files.length === 0)
  if (none !== undefined)
    throw new TonyError('not_found', `people: no recordings of '${none.name}' in ${root}; the package has changed`)
  return all
}
