/** @file Where a labeler works: the item at hand, its draft, sending it, and the next one. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { AssignmentObject, DraftResult, NextObject, OwnFigures, ProjectObject } from '@tony/server/protocol'
import { announce, notify } from '../talk/notices.ts'
import { type Draft, emptyDraft, type Missing, parseDraft, storedDraft, toAnswer, whatIsMissing } from './answer.ts'
import { DraftSaver, newerDraft, type SaverState } from './draft-saver.ts'
import type { Keeper, Parcel } from './kept.ts'
import { Lease } from './lease.ts'
import { type Delivery, Outbox } from './outbox.ts'
import { account } from './session.ts'
import { type ApiFailure, asFailure, call } from './wire.ts'
import { WorkClock } from './work-clock.ts'

/** Something that the labeler has to know, and what they can do about it. */
export interface Problem {
  readonly text: string
  readonly actions: readonly { readonly label: string; readonly run: () => void }[]
}

/** Why there is no item. */
export type Reason = Exclude<NextObject['reason'], null>

/** A labeler's place in one project. */
export class Desk {
  readonly project: Signal<ProjectObject | null> = signal(null)
  readonly own: Signal<OwnFigures | null> = signal(null)
  readonly assignment: Signal<AssignmentObject | null> = signal(null)
  readonly reason: Signal<Reason | null> = signal(null)
  readonly draft: Signal<Draft> = signal(emptyDraft(0))
  readonly saver: Signal<DraftSaver | null> = signal(null)
  readonly sending: Signal<'no' | 'sending' | 'waiting'> = signal('no')
  /** Whether a label of an earlier page waits for the connection; before it is sent there is no item. */
  readonly behind: Signal<boolean> = signal(false)
  readonly problem: Signal<Problem | null> = signal(null)
  /** What the last try to submit found missing; the page leads there. */
  readonly missing: Signal<Missing | null> = signal(null)
  /** The item that was finished last, which can be taken back. */
  readonly last: Signal<{ readonly id: string; readonly what: 'submitted' | 'skipped' } | null> = signal(null)
  readonly lease: Lease = new Lease(Date.now, later)
  readonly #id: string
  readonly #keeper: Keeper
  readonly #outbox: Outbox
  #clock = new WorkClock(Date.now)
  #disposed = false

  constructor(project: string, keeper: Keeper) {
    this.#id = project
    this.#keeper = keeper
    this.#outbox = new Outbox({ keeper, send: sendParcel, later })
    addEventListener('online', this.#back)
  }

  /** Leaves the desk; what is not sent yet stays in this browser. */
  dispose(): void {
    this.#disposed = true
    removeEventListener('online', this.#back)
    this.saver.value?.close()
    this.lease.stop()
  }

  /** Sends what an earlier page left, then takes an item. */
  async begin(): Promise<void> {
    const who = account.value?.id ?? ''
    const onWait = (): void => {
      this.behind.value = true
    }
    const failures = await this.#outbox.deliverLeft(who, onWait, () => this.#disposed)
    this.behind.value = false
    for (const failure of failures) notify(failure.message, { tone: 'problem' })
    await this.next()
  }

  /** Takes the next item: the one at hand if it is not finished. */
  async next(): Promise<void> {
    // Nobody would work on an item that is taken for a page that is gone.
    if (this.#disposed) return
    this.problem.value = null
    try {
      const [project, own, next] = await Promise.all([
        call<ProjectObject>('GET', `projects/${this.#id}`),
        call<OwnFigures>('GET', `projects/${this.#id}/own`),
        call<NextObject>('POST', `projects/${this.#id}/next`),
      ])
      if (this.#disposed) return
      const before = this.project.value?.membership?.screening
      this.project.value = project
      this.own.value = own
      this.reason.value = next.reason
      if (before === 'pending' && project.membership?.screening === 'passed') announceOutcome(project)
      await this.#open(next.assignment)
    } catch (error) {
      this.#fail(asFailure(error), () => this.next())
    }
  }

  /** State of saving; undefined without an item. */
  get saving(): ReadonlySignal<SaverState> | undefined {
    return this.saver.value?.state
  }

  /** Changes the draft, which is saved at once. */
  change(change: Partial<Draft>): void {
    if (this.sending.value !== 'no') return
    this.missing.value = null
    this.#clock.note()
    this.draft.value = { ...this.draft.value, ...change, seconds: this.#clock.seconds }
    this.saver.value?.change(storedDraft(this.draft.value))
  }

  /** Notes that someone is working here, which also keeps the item theirs. */
  noteLife(): void {
    this.#clock.note()
    if (this.lease.aging && this.sending.value === 'no') this.saver.value?.change(storedDraft(this.draft.value))
  }

  /** Sends the label. */
  async submit(): Promise<void> {
    const [assignment, project] = [this.assignment.value, this.project.value]
    if (assignment === null || project === null || this.sending.value !== 'no') return
    const missing = whatIsMissing(this.draft.value, project)
    this.missing.value = missing ?? null
    if (missing !== undefined) return
    this.#clock.note()
    const answer = toAnswer(this.draft.value, project.kind)
    await this.#finish('submitted', { kind: 'answer', answer, seconds: this.#clock.seconds })
  }

  /** Gives the item back. */
  async skip(reason: string): Promise<void> {
    await this.#finish('skipped', { kind: 'skip', reason })
  }

  /** Goes back to editing a label that could not be sent yet. */
  takeBack(): void {
    const id = this.assignment.value?.id
    if (id !== undefined) this.#outbox.takeBack(id)
  }

  /** Takes back what was finished last, or the item at hand that another window finished. */
  async undo(id: string | undefined = this.last.value?.id): Promise<void> {
    if (id === undefined || this.sending.value !== 'no') return
    try {
      const assignment = await call<AssignmentObject>('POST', `assignments/${id}/undo`)
      await this.#keeper.deleteDraft(id).catch(() => {})
      this.last.value = null
      this.reason.value = null
      await this.#open(assignment)
      announce('Taken back. It is yours to change again.')
    } catch (error) {
      notify(asFailure(error).message, { tone: 'problem' })
    }
  }

  async #finish(what: 'submitted' | 'skipped', content: Parcel['content']): Promise<void> {
    const assignment = this.assignment.value
    if (assignment === null || this.sending.value !== 'no') return
    this.problem.value = null
    this.sending.value = 'sending'
    const parcel = { id: assignment.id, account: account.value?.id ?? '', content }
    const delivery = await this.#outbox.deliver(parcel, () => {
      this.sending.value = 'waiting'
    })
    this.sending.value = 'no'
    if (this.#disposed) return
    await this.#delivered(what, assignment.id, delivery)
  }

  async #delivered(what: 'submitted' | 'skipped', id: string, delivery: Delivery): Promise<void> {
    if (delivery.state === 'taken_back' || delivery.state === 'kept') return
    if (delivery.state === 'refused') {
      this.#fail(delivery.failure, () => (what === 'submitted' ? this.submit() : this.next()))
      return
    }
    await this.#close(id)
    const screening = this.project.value?.membership?.screening === 'pending'
    this.last.value = screening ? null : { id, what }
    announce(what === 'submitted' ? 'Submitted.' : 'Skipped.')
    await this.next()
  }

  async #close(id: string): Promise<void> {
    this.saver.value?.close()
    this.lease.stop()
    await this.#keeper.deleteDraft(id).catch(() => {})
  }

  async #open(assignment: AssignmentObject | null): Promise<void> {
    this.saver.value?.close()
    this.lease.stop()
    this.missing.value = null
    this.problem.value = null
    if (assignment === null) {
      this.saver.value = null
      this.assignment.value = null
      return
    }
    const kept = await this.#keeper.draft(assignment.id).catch(() => undefined)
    const stored = newerDraft(kept, assignment)
    const draft = parseDraft(stored, assignment.outputs.length)
    this.#clock = new WorkClock(Date.now, draft.seconds)
    const saver = this.#makeSaver(assignment)
    this.draft.value = draft
    this.saver.value = saver
    this.lease.renewed(assignment.lease_until, this.project.value?.lease_seconds ?? 0)
    this.assignment.value = assignment
    if (kept !== undefined && stored === kept.draft) saver.change(kept.draft)
  }

  #makeSaver(assignment: AssignmentObject): DraftSaver {
    return new DraftSaver(assignment.id, assignment.draft_revision, {
      keeper: this.#keeper,
      later,
      send: (revision, draft) => {
        const body = { revision, draft }
        // Browsers let requests outlive the page up to 64 KiB.
        const keepalive = JSON.stringify(body).length < 30_000
        return call<DraftResult>('PUT', `assignments/${assignment.id}/draft`, { body, keepalive })
      },
      onLease: (until) => this.lease.renewed(until, this.project.value?.lease_seconds ?? 0),
      onOther: (draft) => {
        this.problem.value = {
          text: 'This item was changed in another window.',
          actions: [
            {
              label: 'Show that version',
              run: () => {
                this.problem.value = null
                this.change(parseDraft(draft, assignment.outputs.length))
              },
            },
            {
              label: 'Keep this one',
              run: () => {
                this.problem.value = null
                this.change({})
              },
            },
          ],
        }
      },
    })
  }

  #fail(failure: ApiFailure, again: () => Promise<void>): void {
    if (failure.status === 401) {
      account.value = null
      return
    }
    const goOn = {
      label: 'Go on to the next item',
      run: () => {
        const id = this.assignment.value?.id
        void (id === undefined ? this.next() : this.#close(id).then(() => this.next()))
      },
    }
    switch (failure.code) {
      case 'already_submitted':
        this.problem.value = {
          text: 'This item was already submitted with another answer, perhaps from another window. Nothing was changed.',
          actions: [goOn, { label: 'Replace that answer by this one', run: () => void this.#replace() }],
        }
        return
      case 'already_skipped':
        this.problem.value = { text: 'You have already skipped this item.', actions: [goOn] }
        return
      case 'lease_expired':
        this.problem.value = {
          text: 'The time for this item ran out and it went to other labelers. Your answer is kept as a draft.',
          actions: [goOn],
        }
        return
      default:
        this.problem.value = { text: failure.message, actions: [{ label: 'Try again', run: () => void again() }] }
    }
  }

  /** Takes the submission from elsewhere back and sends this one. */
  async #replace(): Promise<void> {
    const draft = this.draft.value
    const id = this.assignment.value?.id
    await this.undo(id)
    if (this.problem.value !== null) return
    this.change(draft)
    await this.submit()
  }

  readonly #back = (): void => {
    this.saver.value?.retry()
    this.#outbox.retry()
  }
}

function sendParcel({ id, content }: Parcel): Promise<AssignmentObject> {
  if (content.kind === 'skip') return call('POST', `assignments/${id}/skip`, { body: { reason: content.reason } })
  const { answer, seconds } = content
  return call('PUT', `assignments/${id}/answer`, { body: { answer, seconds } })
}

function announceOutcome({ membership }: ProjectObject): void {
  const score = membership?.screening_score
  const share = score === null || score === undefined ? '' : ` with ${Math.round(100 * score)} % agreement`
  notify(`You have passed the test${share}. From here on your labels count.`)
}

function later(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
