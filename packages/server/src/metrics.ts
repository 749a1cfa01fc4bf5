/** @file Counters in Prometheus' text format. */
import type { Gate } from './gate.ts'

/** Counts what the server does. */
export class Metrics {
  readonly #requests = new Map<string, number>()
  readonly #tokens = new Map<string, number>()
  #firstOutputSum = 0
  #firstOutputCount = 0
  /** Open realtime connections. */
  realtimeSessions = 0

  /** Counts one answered request. `route` is the pattern, never the client's own path. */
  request(route: string, status: number): void {
    bump(this.#requests, `route="${route}",status="${status}"`, 1)
  }

  /** Counts tokens of one kind (`prompt`, `completion`, `completion_audio`, ...). */
  tokens(kind: string, count: number): void {
    bump(this.#tokens, `kind="${kind}"`, count)
  }

  /** Notes the seconds from the start of a generation to its first output. */
  firstOutput(seconds: number): void {
    this.#firstOutputSum += seconds
    this.#firstOutputCount++
  }

  /** The whole page. */
  render(gate: Gate): string {
    const lines = [
      ...family('tony_requests_total', 'counter', this.#requests),
      ...family('tony_tokens_total', 'counter', this.#tokens),
      ...family('tony_generations_active', 'gauge', new Map([['', gate.active]])),
      ...family('tony_generations_waiting', 'gauge', new Map([['', gate.waiting]])),
      ...family('tony_realtime_sessions', 'gauge', new Map([['', this.realtimeSessions]])),
      '# TYPE tony_first_output_seconds summary',
      `tony_first_output_seconds_sum ${this.#firstOutputSum}`,
      `tony_first_output_seconds_count ${this.#firstOutputCount}`,
    ]
    return `${lines.join('\n')}\n`
  }
}

function bump(counts: Map<string, number>, labels: string, by: number): void {
  counts.set(labels, (counts.get(labels) ?? 0) + by)
}

function family(name: string, type: string, values: Map<string, number>): string[] {
  return [
    `# TYPE ${name} ${type}`,
    ...[...values].map(([labels, value]) => (labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`)),
  ]
}
