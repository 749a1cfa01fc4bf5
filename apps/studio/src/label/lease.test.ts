import { beforeEach, describe, expect, it } from 'vitest'
import { Lease } from './lease.ts'
import { WorkClock } from './work-clock.ts'

describe('the time for an item', () => {
  let now = 0
  let timers: { run: () => void; at: number }[] = []
  let lease: Lease

  beforeEach(() => {
    now = 0
    timers = []
    lease = new Lease(
      () => now,
      (run, ms) => {
        const timer = { run, at: now + ms }
        timers.push(timer)
        return () => {
          timers = timers.filter((each) => each !== timer)
        }
      },
    )
  })

  function pass(seconds: number): void {
    now += 1000 * seconds
    for (const timer of timers.filter(({ at }) => at <= now)) {
      timers = timers.filter((each) => each !== timer)
      timer.run()
    }
  }

  it('runs, ends and is over, and work renews it', () => {
    lease.renewed('1', 600)
    pass(299)
    expect([lease.state.value, lease.aging]).toEqual(['running', false])
    pass(2)
    expect(lease.aging).toBe(true)
    lease.renewed('2', 600)
    expect(lease.aging).toBe(false)
    pass(541)
    expect(lease.state.value).toBe('ending')
    // The server says the same time again when it did not renew it.
    lease.renewed('2', 600)
    pass(60)
    expect([lease.state.value, lease.aging]).toEqual(['over', false])
    lease.renewed('3', 600)
    expect(lease.state.value).toBe('running')
    lease.stop()
    expect(timers).toEqual([])
  })

  it('is over at once on a machine that slept through its end', () => {
    lease.renewed('1', 600)
    pass(3600)
    expect(lease.state.value).toBe('over')
  })
})

describe('the clock of work', () => {
  it('counts work and no pauses', () => {
    let now = 0
    const clock = new WorkClock(() => now, 10)
    now = 5000
    clock.note()
    expect(clock.seconds).toBe(15)
    now += 3_600_000
    clock.note()
    expect(clock.seconds).toBe(75)
    now -= 1000
    clock.note()
    expect(clock.seconds).toBe(75)
  })
})
