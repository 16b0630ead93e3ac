/** Runs an effect in a world whose time and order come from a seed: which fiber goes on next, when it pauses, what the clock says. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { RuntimeFiber } from "effect/Fiber"
import * as Random from "effect/Random"
import type { Scheduler, Task } from "effect/Scheduler"

/** Numbers from 0 up to 1 that a seed always gives in the same order (mulberry32). */
export const drawing = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/** Where each run begins: no real time is asked for. */
export const epoch = Date.UTC(2026, 0, 1)

/** More steps than any plan here takes: a run that goes on beyond them goes on for ever. */
const mostTasks = 300_000

class World implements Scheduler {
  readonly tasks: Array<Task> = []
  readonly sleepers = new Set<Sleeper>()
  now = epoch
  steps = 0
  private readonly draw: () => number
  private patience: number

  constructor(draw: () => number) {
    this.draw = draw
    this.patience = this.drawPatience()
  }

  /** Operations that a fiber may do before another one is drawn. */
  private drawPatience(): number {
    return 20 + Math.floor(this.draw() ** 3 * 2000)
  }

  shouldYield(fiber: RuntimeFiber<unknown, unknown>): number | false {
    if (fiber.currentOpCount <= this.patience) return false
    this.patience = this.drawPatience()
    return 0
  }

  scheduleTask(task: Task): void {
    this.tasks.push(task)
  }

  /** Takes one of the tasks by lot, until there is none. */
  drain(): void {
    while (this.tasks.length > 0 && this.steps <= mostTasks) {
      const at = Math.floor(this.draw() * this.tasks.length)
      const [task] = this.tasks.splice(at, 1)
      this.steps += 1
      task?.()
    }
  }

  /** Time goes on to the next one who waits for it; false where nobody does. */
  wakeNext(): boolean {
    const [next] = [...this.sleepers].sort((a, b) => a.until - b.until)
    if (next === undefined) return false
    this.now = Math.max(this.now, next.until)
    this.sleepers.delete(next)
    next.wake()
    return true
  }

  readonly clock: Clock.Clock = {
    ...Clock.make(),
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => this.now,
    unsafeCurrentTimeNanos: () => BigInt(this.now) * 1_000_000n,
    currentTimeMillis: Effect.sync(() => this.now),
    currentTimeNanos: Effect.sync(() => BigInt(this.now) * 1_000_000n),
    sleep: (duration) =>
      Effect.async((resume) => {
        const sleeper = { until: this.now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
        this.sleepers.add(sleeper)
        return Effect.sync(() => void this.sleepers.delete(sleeper))
      })
  }
}

/** Promises that can resolve without anybody outside have done so by then. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

/** Runs the effect to its end, as the seed has it. Fails where nothing moves any more before that. */
export const simulate = async <A, E>(seed: number, effect: Effect.Effect<A, E>): Promise<Exit.Exit<A, E>> => {
  const world = new World(drawing(seed))
  let exit: Exit.Exit<A, E> | undefined
  const placed = effect.pipe(Effect.withClock(world.clock), Effect.withRandom(Random.make(seed)))
  const fiber = Effect.runFork(placed, { scheduler: world })
  fiber.addObserver((ended) => {
    exit = ended
  })
  for (let idle = 0; exit === undefined; ) {
    world.drain()
    await settled()
    if (world.tasks.length > 0) idle = 0
    else if (exit === undefined && !world.wakeNext()) idle += 1
    // Modules that are loaded for the first time come from outside of this world.
    if (idle > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    if (idle > 400 || world.steps > mostTasks)
      return Exit.failCause(Cause.die(new Error(idle > 400 ? "nothing moves any more" : "it goes on for ever")))
  }
  return exit
}
