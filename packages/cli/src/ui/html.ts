/** @file Pages that need nothing else. */
import { escapeXml } from '../curves/svg.ts'

/** A whole page; `style` and `body` are put in as they are. */
export function htmlPage({ title, style, body }: { title: string; style: string; body: string }): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title>
<style>
${style}
</style>
${body}
</html>
`
}
