/** @file Draws curves as one SVG of small panels. */
import type { Curve } from './log.ts'

const WIDTH = 440
const HEIGHT = 220
const LEFT = 56
const RIGHT = 14
const TOP = 30
const BOTTOM = 26
const COLUMNS = 2
/** More points than a panel has pixels are averaged. */
const MAX_POINTS = 360

/** All curves, two panels in a row. Colours come from `currentColor`, so that the picture suits light and dark pages. */
export function drawCurves(title: string, curves: readonly Curve[]): string {
  const rows = Math.ceil(curves.length / COLUMNS)
  const width = COLUMNS * WIDTH
  const height = 40 + rows * HEIGHT
  const panels = curves.map((curve, i) => {
    const x = (i % COLUMNS) * WIDTH
    const y = 40 + Math.floor(i / COLUMNS) * HEIGHT
    return `<g transform="translate(${x} ${y})">${panel(curve)}</g>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11" fill="currentColor" role="img" aria-label="${escapeXml(title)}">`,
    `<text x="${LEFT}" y="24" font-size="16" font-weight="bold">${escapeXml(title)}</text>`,
    ...panels,
    '</svg>',
  ].join('\n')
}

function panel({ name, steps, values }: Curve): string {
  const last = values.at(-1) ?? 0
  const log = useLog(values)
  const shown = log ? values.map(Math.log10) : values
  const low = Math.min(...shown)
  const high = Math.max(...shown)
  const span = high - low || Math.abs(high) || 1
  const first = steps[0] ?? 0
  const length = (steps.at(-1) ?? 0) - first || 1
  const x = (step: number): number => LEFT + ((step - first) / length) * (WIDTH - LEFT - RIGHT)
  const y = (value: number): number => TOP + (1 - (value - low) / span) * (HEIGHT - TOP - BOTTOM)
  const points = thin(steps, shown).map(([step, value]) => [x(step), y(value)] as const)
  const grid = [0, 0.5, 1].map((share) => {
    const value = low + share * span
    const at = y(value).toFixed(1)
    return `<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" stroke="currentColor" opacity=".15"/><text x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end" opacity=".7">${short(log ? 10 ** value : value)}</text>`
  })
  const bottom = HEIGHT - 8
  return [
    `<text x="${LEFT}" y="18" font-weight="bold">${escapeXml(name)}</text>`,
    `<text x="${WIDTH - RIGHT}" y="18" text-anchor="end">${short(last)}${log ? ' (log scale)' : ''}</text>`,
    ...grid,
    `<text x="${LEFT}" y="${bottom}" opacity=".7">step ${short(first)}</text>`,
    `<text x="${WIDTH - RIGHT}" y="${bottom}" text-anchor="end" opacity=".7">${short(steps.at(-1) ?? 0)}</text>`,
    `<path d="${line(points)}" fill="none" stroke="#4a7dff" stroke-opacity=".35"/>`,
    `<path d="${line(smooth(points))}" fill="none" stroke="#4a7dff" stroke-width="1.8" stroke-linejoin="round"/>`,
  ].join('')
}

/** Losses that fall by more than a factor of 20 show nothing on a linear scale. */
function useLog(values: readonly number[]): boolean {
  const low = Math.min(...values)
  return low > 0 && Math.max(...values) / low > 20
}

function thin(steps: readonly number[], values: readonly number[]): [number, number][] {
  const bin = Math.ceil(values.length / MAX_POINTS)
  const out: [number, number][] = []
  for (let i = 0; i < values.length; i += bin) {
    const part = values.slice(i, i + bin)
    out.push([
      steps[Math.min(i + bin, steps.length) - 1] ?? 0,
      part.reduce((sum, value) => sum + value, 0) / part.length,
    ])
  }
  return out
}

/** Mean of a point and up to three on each side, as many on both, so that the line neither lags nor misses its ends. */
function smooth(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return points.map(([x], i) => {
    const reach = Math.min(3, i, points.length - 1 - i)
    const near = points.slice(i - reach, i + reach + 1)
    return [x, near.reduce((sum, point) => sum + point[1], 0) / near.length]
  })
}

function line(points: readonly (readonly [number, number])[]): string {
  // A single point is drawn as a dot of one pixel.
  const path = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')
  return points.length === 1 ? `${path}h1` : path
}

function short(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`
  return size !== 0 && size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)))
}

/** Text as it may stand in XML and HTML. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
