/** @file `tony align report`: a report (tables and plots as JSON) as a page. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Report, TonyError } from 'tony'
import { nodeFiles } from 'tony/files/node'
import { drawReport } from '../report/page.ts'
import type { Terminal } from '../terminal.ts'

/** Draws `report.json` of a folder (default `runs/align`) into `report.html` beside it. */
export async function alignReport(
  { out = join('runs', 'align') }: { readonly out?: string },
  terminal: Terminal,
): Promise<number> {
  const path = join(out, 'report.json')
  if (!existsSync(path))
    throw new TonyError(
      'not_found',
      `align report: there is no ${path}; recipes/align/evaluate.ts and tables.ts make it from the runs of a study`,
    )
  const html = join(out, 'report.html')
  await nodeFiles.write(html, new TextEncoder().encode(drawReport(readReport(path))))
  terminal.stdout.write(`report: ${html}\n`)
  return 0
}

function readReport(path: string): Report {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as Report
    if (Array.isArray(report.sections)) return report
  } catch (cause) {
    throw new TonyError(
      'invalid',
      `align report: ${path} is not valid JSON; make it anew with recipes/align/tables.ts`,
      { cause },
    )
  }
  throw new TonyError('invalid', `align report: ${path} has no sections; make it anew with recipes/align/tables.ts`)
}
