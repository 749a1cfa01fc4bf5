/** @file A report as one HTML page that needs nothing else. */
import type { Report, ReportCell, ReportPlot, ReportSection, ReportTable } from 'tony'
import { escapeXml } from '../curves/svg.ts'
import { htmlPage } from '../ui/html.ts'

const COLOURS = ['#7a7f87', '#b08a2e', '#3a7bd5', '#d5583a', '#2e9e6b', '#8b55c4', '#c44f8e']
const WIDTH = 760
const HEIGHT = 340
const MARGIN = { left: 52, right: 20, top: 20, bottom: 40 }

const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; padding: 1rem; max-width: 60rem }
table { border-collapse: collapse; margin: .75rem 0; font-variant-numeric: tabular-nums }
.wide { overflow-x: auto }
caption { text-align: left; font-size: .8rem; opacity: .75; padding-bottom: .25rem }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
th:first-child, td:first-child { text-align: left }
small { opacity: .7; white-space: nowrap }
svg { width: 100%; height: auto; max-width: ${WIDTH}px }`

/** The whole page; every table says whose judgements it holds. */
export function drawReport({ title, judges, made, sections }: Report): string {
  const who = judges === 'simulated' ? 'simulated labelers' : 'people'
  const body = `<h1>${escapeXml(title)}</h1>
<p>Made ${escapeXml(made)}. All preferences are those of <strong>${who}</strong>. Brackets hold 95% intervals.</p>
${sections.map((section) => drawSection(section, who)).join('\n')}`
  return htmlPage({ title, style: STYLE, body })
}

function drawSection({ title, by = 'labelers', text, plot, table }: ReportSection, who: string): string {
  const note = {
    labelers: `Judged by ${who}`,
    rules: 'Checked by rules',
    likelihood: 'By likelihood, without a judge',
  }[by]
  return [
    `<h2>${escapeXml(title)}</h2>`,
    ...text.map((paragraph) => `<p>${escapeXml(paragraph)}</p>`),
    ...(plot === undefined ? [] : [drawPlot(plot, note)]),
    ...(table === undefined ? [] : [drawTable(table, note)]),
  ].join('\n')
}

function drawTable({ columns, rows }: ReportTable, note: string): string {
  const head = columns.map((column) => `<th scope="col">${escapeXml(column)}</th>`).join('')
  const body = rows
    .map(([first, ...rest]) => {
      const cells = rest.map((cell) => `<td>${drawCell(cell)}</td>`).join('')
      return `<tr><th scope="row">${drawCell(first ?? '')}</th>${cells}</tr>`
    })
    .join('\n')
  return `<div class="wide"><table><caption>${note}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

function drawCell(cell: ReportCell): string {
  if (typeof cell === 'string') return escapeXml(cell)
  const { value, low, high } = cell
  const range = low === undefined || high === undefined ? '' : ` <small>[${low.toFixed(2)}, ${high.toFixed(2)}]</small>`
  return `${value.toFixed(3)}${range}`
}

/** Lines over places, from 0 to 1, each point with its interval. */
function drawPlot({ title, places, series, line }: ReportPlot, note: string): string {
  const { left, right, top, bottom } = MARGIN
  const x = (i: number, k: number): number =>
    left + ((i + 0.5) / places.length) * (WIDTH - left - right) + (k - (series.length - 1) / 2) * 7
  const y = (value: number): number => top + (1 - value) * (HEIGHT - top - bottom)
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (value) =>
      `<path d="M${left} ${y(value)}H${WIDTH - right}" stroke="currentColor" opacity="${value === line ? 0.5 : 0.15}"/><text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
  )
  const names = places.map(
    (place, i) =>
      `<text x="${left + ((i + 0.5) / places.length) * (WIDTH - left - right)}" y="${HEIGHT - 16}" text-anchor="middle">${escapeXml(place)}</text>`,
  )
  const lines = series.map(({ points }, k) => {
    const colour = COLOURS[k % COLOURS.length]!
    const shown = points.flatMap((point, i) => (point === null ? [] : [{ ...point, at: x(i, k) }]))
    const path = shown
      .map(({ at, value }, i) => `${i === 0 ? 'M' : 'L'}${at.toFixed(1)} ${y(value).toFixed(1)}`)
      .join('')
    const marks = shown.map(({ at, value, low = value, high = value }) => {
      const bar = `<path d="M${at.toFixed(1)} ${y(low).toFixed(1)}V${y(high).toFixed(1)}" stroke="${colour}"/>`
      return `${bar}<circle cx="${at.toFixed(1)}" cy="${y(value).toFixed(1)}" r="3.5" fill="${colour}"/>`
    })
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>${marks.join('')}`
  })
  const legend = series
    .map(({ name }, k) => `<span><span style="color:${COLOURS[k % COLOURS.length]}">●</span> ${escapeXml(name)}</span>`)
    .join(' &nbsp; ')
  return `<figure><figcaption>${escapeXml(title)} (${note})<br>${legend}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" font-size="12" fill="currentColor" role="img" aria-label="${escapeXml(title)}">${[...grid, ...names, ...lines].join('')}</svg></figure>`
}
