/** @file The log of decisions about labels and people. */
import { and, desc, eq, lt } from 'drizzle-orm'
import type { Database } from '../store/database.ts'
import { auditLog } from '../store/schema.ts'
import type { Account, LabelContext } from './context.ts'

/** One entry. */
export interface AuditEntry {
  readonly id: number
  readonly at: Date
  readonly accountId: string | null
  readonly action: string
  readonly subject: string
  readonly details: unknown
}

/** Adds an entry, in the transaction of what it is about: neither is stored without the other. */
export async function audit(
  tx: Database,
  ctx: Pick<LabelContext, 'now'>,
  account: Pick<Account, 'id'> | undefined,
  entry: { readonly action: string; readonly subject: string; readonly details?: unknown },
): Promise<void> {
  await tx.insert(auditLog).values({
    at: new Date(ctx.now()),
    accountId: account?.id ?? null,
    action: entry.action,
    subject: entry.subject,
    details: entry.details ?? null,
  })
}

/** The newest entries about a subject, or about everything; `before` goes on after the entry with that id. */
export async function auditEntries(
  ctx: LabelContext,
  filter: { readonly subject: string | undefined; readonly before: number | undefined; readonly limit: number },
): Promise<AuditEntry[]> {
  return ctx.db
    .select({
      id: auditLog.id,
      at: auditLog.at,
      accountId: auditLog.accountId,
      action: auditLog.action,
      subject: auditLog.subject,
      details: auditLog.details,
    })
    .from(auditLog)
    .where(
      and(
        filter.subject === undefined ? undefined : eq(auditLog.subject, filter.subject),
        filter.before === undefined ? undefined : lt(auditLog.id, filter.before),
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(filter.limit)
}
