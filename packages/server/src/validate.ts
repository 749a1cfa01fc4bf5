/** @file Schema failures as one sentence about one field. */
import type { z } from 'zod'
import { ApiError, quote } from './errors.ts'

type Issue = z.core.$ZodIssue

/** Checks a value from outside. @throws ApiError 400 that names the field in `param`. */
export function validate<T>(schema: z.ZodType<T>, value: unknown, prefix = ''): T {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  const { issue, path } = deepest(result.error.issues[0]!, [])
  const { text, code, key } = explain(issue)
  const param = prefix + formatPath(key === undefined ? path : [...path, key])
  throw new ApiError(400, param === '' ? `The body ${text}.` : `${param} ${text}.`, {
    code,
    ...(param === '' ? {} : { param }),
  })
}

/** Of a union's branches, the one that got furthest tells what is really wrong. */
function deepest(issue: Issue, base: readonly PropertyKey[]): { issue: Issue; path: readonly PropertyKey[] } {
  const path = [...base, ...issue.path]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return { issue, path }
  const found = issue.errors.flatMap((branch) => (branch[0] === undefined ? [] : [deepest(branch[0], path)]))
  return found.reduce((best, other) => (other.path.length > best.path.length ? other : best))
}

function explain(issue: Issue): { text: string; code: string; key?: string } {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? { text: 'is missing', code: 'missing_required_parameter' }
        : { text: `is ${describe(issue.input)}, expected ${issue.expected}`, code: 'invalid_type' }
    case 'invalid_value':
      return issue.input === undefined
        ? { text: 'is missing', code: 'missing_required_parameter' }
        : {
            text: `is ${describe(issue.input)}, expected ${issue.values.map(quote).join(' or ')}`,
            code: 'invalid_value',
          }
    case 'invalid_union':
      return issue.input === undefined
        ? { text: 'is missing', code: 'missing_required_parameter' }
        : { text: `has an unknown value in ${describe(issue.input)}`, code: 'invalid_value' }
    case 'unrecognized_keys':
      return { text: 'is not a known parameter', code: 'unknown_parameter', key: issue.keys[0] ?? '' }
    case 'too_small':
      return {
        text: sized(issue.origin)
          ? `is too short (at least ${issue.minimum})`
          : `is ${quote(issue.input)}, below ${issue.minimum}`,
        code: sized(issue.origin) ? 'too_short' : 'below_minimum',
      }
    case 'too_big':
      return {
        text: sized(issue.origin)
          ? `is too long (at most ${issue.maximum})`
          : `is ${quote(issue.input)}, above ${issue.maximum}`,
        code: sized(issue.origin) ? 'too_long' : 'above_maximum',
      }
    default:
      return { text: `is not valid: ${issue.message}`, code: 'invalid_value' }
  }
}

function sized(origin: string): boolean {
  return origin === 'string' || origin === 'array'
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : quote(value)
}

/** As OpenAI writes it: `messages[0].content[1].type`. */
function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? String(key) : `.${String(key)}`))
    .join('')
}
