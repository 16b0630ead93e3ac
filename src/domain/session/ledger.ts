/**
 * The budget of a tree of agents, as arithmetic: what a model call may use is held before it, and settled after it.
 * A purse is one budget; a chain is a purse and those above it, each of which has to pay for every call.
 */
import * as Either from "effect/Either"
import type { Allowance } from "../model/Limits.ts"
import type { Usage } from "../model/Message.ts"
import { type Price, priced } from "../model/Model.ts"

/** What model calls use: tokens of all kinds, US dollars, and how many calls. */
export interface Amount {
  readonly tokens: number
  readonly cost: number
  readonly calls: number
}

/** No tokens, no money, no call. */
export const nothingSpent: Amount = { tokens: 0, cost: 0, calls: 0 }

/** One budget: what it allows, what was spent of it, and what is held for calls that are on their way. */
export interface Purse {
  /** Whose it is, for messages: `prompt`, `session`, or the name of an agent. */
  readonly of: string
  readonly allows: Allowance
  readonly spent: Amount
  readonly held: Amount
}

/** A model call that is to be paid for: its input as counted, and the most that it may answer. */
export interface Wish {
  readonly input: number
  readonly output: number
  /** Absent where it is not known: then the call counts as tokens only. */
  readonly price?: Price
}

/** A budget that has nothing left for another call. */
export interface Exhausted {
  readonly of: string
  readonly limit: "tokens" | "cost" | "calls"
  /** What the budget allows, and what is spent of it. */
  readonly allowed: number
  readonly spent: number
}

/** What is held for one call, and how long its answer may get for that. */
export interface Reservation {
  readonly usage: Usage
  readonly output: number
}

/** So short an answer is worth a call; no call is cut to less to make it fit. */
export const shortestAnswer = 1024

const kinds = ["calls", "tokens", "cost"] as const

const add = (a: Amount, b: Amount): Amount => ({
  tokens: a.tokens + b.tokens,
  cost: a.cost + b.cost,
  calls: a.calls + b.calls
})

// What rounding leaves behind is not held.
const without = (a: Amount, b: Amount): Amount => ({
  tokens: Math.max(0, a.tokens - b.tokens),
  cost: a.calls - b.calls <= 0 ? 0 : Math.max(0, a.cost - b.cost),
  calls: Math.max(0, a.calls - b.calls)
})

/** A usage as what one call, or so many of them, used. */
export const amountOf = (usage: Usage, calls = 1): Amount => ({
  tokens: usage.input + usage.output + usage.cacheRead + usage.cacheWrite,
  cost: usage.cost,
  calls
})

/** The dearest that a call with such an answer may come to: its input fresh, or written to a cache. */
export const mostFor = ({ input, price }: Wish, output: number): Usage => {
  const none = { input: 0, output, cacheRead: 0, cacheWrite: 0 }
  const fresh = priced({ ...none, input }, price)
  const written = priced({ ...none, cacheWrite: input }, price)
  return { ...fresh, cost: Math.max(fresh.cost, written.cost) }
}

/** What a purse has left that is neither spent nor held, where it has a limit. */
const free = (purse: Purse, kind: (typeof kinds)[number]): number =>
  (purse.allows[kind] ?? Number.POSITIVE_INFINITY) - purse.spent[kind] - purse.held[kind]

const fits = (purse: Purse, amount: Amount): boolean => kinds.every((kind) => amount[kind] <= free(purse, kind))

const emptyIn = ({ allows, of, spent }: Purse): Exhausted | undefined => {
  for (const limit of kinds) {
    const allowed = allows[limit]
    if (allowed !== undefined && spent[limit] >= allowed) return { of, limit, allowed, spent: spent[limit] }
  }
  return undefined
}

/** How long an answer these purses can pay beside its input. */
const payable = (chain: ReadonlyArray<Purse>, wish: Wish): number => {
  const without = mostFor(wish, 0)
  const perToken = mostFor(wish, 1).cost - without.cost
  return Math.floor(
    chain.reduce((most, purse) => {
      const byTokens = free(purse, "tokens") - wish.input
      return Math.min(most, byTokens, perToken <= 0 ? most : (free(purse, "cost") - without.cost) / perToken)
    }, wish.output)
  )
}

/**
 * What is held for a call in each of these purses. A call that is too dear waits (`wait`) for those that are on their way,
 * which mostly take less than is held for them; where there are none, its answer is cut to what can be paid, though not
 * below `shortestAnswer`. So the last call may go over, by itself alone: what was spent never exceeds a budget by more
 * than one reservation. A budget that is used up pays for nothing.
 */
export const reserve = (chain: ReadonlyArray<Purse>, wish: Wish): Either.Either<Reservation, Exhausted | "wait"> => {
  const empty = chain.map(emptyIn).find((it) => it !== undefined)
  if (empty !== undefined) return Either.left(empty)
  const holding = (output: number): Reservation => ({ usage: mostFor(wish, output), output })
  const whole = holding(wish.output)
  const short = chain.filter((purse) => !fits(purse, amountOf(whole.usage)))
  if (short.length === 0) return Either.right(whole)
  if (short.some((purse) => purse.held.calls > 0)) return Either.left("wait")
  return Either.right(holding(Math.min(wish.output, Math.max(shortestAnswer, payable(chain, wish)))))
}

/** A purse with so much more held. */
export const hold = (purse: Purse, amount: Amount): Purse => ({ ...purse, held: add(purse.held, amount) })

/** A purse with what was held for a call given back, and what it used spent. */
export const settle = (purse: Purse, held: Amount, used: Amount): Purse => ({
  ...purse,
  held: without(purse.held, held),
  spent: add(purse.spent, used)
})
