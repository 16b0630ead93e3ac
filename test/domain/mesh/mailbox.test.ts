/** Mailboxes: nothing is lost but by the policy, all is bounded, and what one tells another comes in the order of telling. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import {
  boxOf,
  type Draft,
  evolveMail,
  type Mail,
  mailboxRoom,
  noMail,
  owed,
  portion,
  type Sent,
  sending
} from "../../../src/domain/mesh/mailbox.ts"
import type { Event, Fact } from "../../../src/domain/model/Event.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"

const session = SessionId.make(`ses_${"0".repeat(32)}`)

const event = (fact: Fact): Event => ({ v: 1, session, seq: 1, at: "", hash: "", ...fact })

const all = (...facts: ReadonlyArray<Fact>): Mail => facts.reduce((mail, fact) => evolveMail(mail, event(fact)), noMail)

const opened = (name: string, ...topics: ReadonlyArray<string>): Fact => ({
  type: "mailbox.opened",
  turn: 1,
  name,
  topics
})

const nobody: ReadonlySet<string> = new Set()

const draft = (kind: Draft["kind"], text = "", more: Partial<Draft> = {}): Draft => ({
  from: "a",
  to: ["b"],
  kind,
  text,
  ...more
})

/** Sends what can be sent; answers the mailboxes after it, and what was refused. */
const sent = (mail: Mail, drafts: ReadonlyArray<Draft>) => {
  const refused: Array<string> = []
  const after = drafts.reduce(
    (now, one) =>
      Either.match(sending(now, one, { expected: nobody, turn: 1 }), {
        onLeft: (reason) => {
          refused.push(reason)
          return now
        },
        onRight: (fact) => evolveMail(now, event(fact))
      }),
    mail
  )
  return { mail: after, refused }
}

const full = (kind: Draft["kind"]) => Array.from({ length: mailboxRoom }, (_, n) => draft(kind, `${n}`))

const ids = (messages: ReadonlyArray<Sent>) => messages.map(({ id }) => id)

const two = all(opened("a"), opened("b"))

describe("a full mailbox", () => {
  const room = (kinds: ReadonlyArray<Draft["kind"]>, kind: Draft["kind"]) => {
    const { mail } = sent(two, [...full("result").slice(kinds.length), ...kinds.map((one) => draft(one))])
    return Either.map(sending(mail, draft(kind), { expected: nobody, turn: 1 }), ({ dropped }) => dropped)
  }
  const itself = `b/m${mailboxRoom + 1}`
  for (const [kinds, kind, dropped] of [
    [["notification", "progress"], "task", `b/m${mailboxRoom}`],
    [["notification", "progress"], "progress", `b/m${mailboxRoom}`],
    [["notification", "task"], "question", `b/m${mailboxRoom - 1}`],
    [["notification"], "notification", `b/m${mailboxRoom}`],
    [["notification"], "progress", itself],
    [[], "notification", itself]
  ] as const)
    it(`that holds ${kinds.join(" and ") || "results"} keeps room for a ${kind} by the policy`, () => {
      assert.deepStrictEqual(room(kinds, kind), Either.right([dropped]))
    })
  for (const kind of ["task", "question", "result"] as const)
    it(`of results refuses whoever sends a ${kind}, and keeps it as it was`, () => {
      const { mail } = sent(two, full("result"))
      const again = sent(mail, [draft(kind)])
      assert.deepStrictEqual(again.refused, ["The mailbox is full, and nothing was sent: b. Try again later."])
      assert.strictEqual(again.mail, mail)
    })
  it("counts what it did not keep until it is read", () => {
    const { mail } = sent(two, [...full("progress"), draft("result"), draft("result")])
    assert.strictEqual(boxOf(mail, "b").lost, 2)
    const read = evolveMail(mail, event({ type: "message.read", turn: 1, name: "b", messages: ["m3"] }))
    assert.strictEqual(boxOf(read, "b").lost, 0)
    assert.notInclude(ids(boxOf(read, "b").waiting), "m3")
  })
})

describe("mailboxes", () => {
  const names = ["a", "b", "c"] as const
  const kind = FastCheck.constantFrom<Draft["kind"]>("task", "progress", "result", "question", "notification")
  const anyDraft = FastCheck.record({
    from: FastCheck.constantFrom(...names),
    to: FastCheck.constantFrom<ReadonlyArray<string>>(["a"], ["b"], ["c"], ["a", "c"], ["*"]),
    kind,
    text: FastCheck.string()
  })
  const anyStep = FastCheck.oneof(
    { weight: 30, arbitrary: anyDraft },
    { weight: 1, arbitrary: FastCheck.constantFrom(...names) }
  )

  /** What was given to each so far, and what each should have got, by the policy. */
  interface Ledger {
    mail: Mail
    readonly given: Map<string, ReadonlyArray<string>>
    readonly due: Map<string, ReadonlyArray<string>>
    drops: number
  }

  const add = (to: Map<string, ReadonlyArray<string>>, name: string, more: ReadonlyArray<string>) =>
    to.set(name, [...(to.get(name) ?? []), ...more])

  const read = (ledger: Ledger, name: string): void => {
    const all = ids(boxOf(ledger.mail, name).waiting)
    const [first, ...rest] = all
    if (first === undefined) return
    add(ledger.given, name, all)
    ledger.mail = evolveMail(ledger.mail, event({ type: "message.read", turn: 1, name, messages: [first, ...rest] }))
  }

  /** Only what matters no more than what came makes room, and never a task, a question or a result. */
  const dropped = (ledger: Ledger, fact: Sent, lost: string): void => {
    const [name = "", id = ""] = lost.split("/")
    const message = [...boxOf(ledger.mail, name).waiting, fact].find((one) => one.id === id)
    assert.include(["progress", "notification"], message?.kind)
    assert.isFalse(message?.kind === "notification" && fact.kind === "progress")
    ledger.due.set(name, ledger.due.get(name)?.filter((one) => one !== id) ?? [])
    ledger.drops += 1
  }

  const send = (ledger: Ledger, one: Draft): void => {
    const outcome = sending(ledger.mail, one, { expected: nobody, turn: 1 })
    if (Either.isLeft(outcome)) return
    const fact = outcome.right
    for (const name of one.to.includes("*") ? names.filter((other) => other !== one.from) : one.to)
      add(ledger.due, name, [fact.id])
    for (const lost of fact.dropped ?? []) dropped(ledger, fact, lost)
    ledger.mail = evolveMail(ledger.mail, event(fact))
    for (const name of names) assert.isAtMost(boxOf(ledger.mail, name).waiting.length, mailboxRoom)
  }

  it("lose nothing but by the policy, are bounded, and keep the order of each pair", () => {
    let drops = 0
    FastCheck.assert(
      FastCheck.property(FastCheck.array(anyStep, { minLength: 60, maxLength: 200 }), (steps) => {
        const ledger: Ledger = {
          mail: all(...names.map((name) => opened(name))),
          given: new Map(),
          due: new Map(),
          drops: 0
        }
        for (const step of steps) {
          if (typeof step === "string") read(ledger, step)
          else send(ledger, step)
        }
        drops += ledger.drops
        for (const name of names) {
          const there = [...(ledger.given.get(name) ?? []), ...ids(boxOf(ledger.mail, name).waiting)]
          assert.deepStrictEqual(there, ledger.due.get(name) ?? [])
        }
      }),
      { numRuns: 30 }
    )
    assert.isAbove(drops, 0)
  })

  it("are closed when a turn begins, and keep what was not read", () => {
    const { mail } = sent(two, [draft("result")])
    const parts = [{ type: "text" as const, text: "" }] as const
    const next = evolveMail(mail, event({ type: "prompt.submitted", turn: 2, parts }))
    assert.isFalse(boxOf(next, "b").open)
    assert.deepStrictEqual(ids(boxOf(next, "b").waiting), ["m1"])
    assert.strictEqual(evolveMail(next, event({ type: "session.titled", title: "" })), next)
    const gone = sending(next, draft("task"), { expected: nobody, turn: 2 })
    assert.deepStrictEqual(gone, Either.left("No longer at work: b."))
    const again = evolveMail(next, event(opened("b", "api")))
    assert.deepInclude(boxOf(again, "b"), { open: true, topics: ["api"] })
  })

  it("give the oldest first, no more than is wanted at once, and one at least", () => {
    const { mail } = sent(two, [draft("result", "12345"), draft("task", "12345"), draft("task", "1")])
    assert.deepStrictEqual(ids(portion(boxOf(mail, "b"), 1)), ["m1"])
    assert.deepStrictEqual(ids(portion(boxOf(mail, "b"), 10)), ["m1", "m2"])
    assert.deepStrictEqual(ids(portion(boxOf(mail, "b"), 100)), ["m1", "m2", "m3"])
  })
})

describe("a message", () => {
  const three = all(opened("a", "x"), opened("b", "x"), opened("c", "y"))
  const why = (mail: Mail, one: Partial<Draft>, ...expected: ReadonlyArray<string>) =>
    Either.match(sending(mail, draft("task", "", one), { expected: new Set(expected), turn: 1 }), {
      onLeft: (reason) => reason,
      onRight: ({ id }) => id
    })
  const got = (mail: Mail) => ["a", "b", "c"].map((name) => ids(boxOf(mail, name).waiting).length)
  it("reaches each of those it names once, all but its sender, or those that follow its topic", () => {
    assert.deepStrictEqual(got(sent(three, [draft("task", "", { to: ["b", "c", "b"] })]).mail), [0, 1, 1])
    assert.deepStrictEqual(got(sent(three, [draft("task", "", { to: ["*"] })]).mail), [0, 1, 1])
    assert.deepStrictEqual(got(sent(three, [draft("task", "", { to: ["*"], topic: "x" })]).mail), [0, 1, 0])
    assert.deepStrictEqual(got(sent(three, [draft("task", "", { to: ["board"] })]).mail), [0, 0, 0])
  })
  it("is not sent where it reaches nobody, and to nobody where it does not reach all that it names", () => {
    const gone = evolveMail(three, event({ type: "mailbox.closed", turn: 1, name: "c" }))
    assert.strictEqual(why(gone, { to: ["b", "c"] }), "No longer at work: c.")
    assert.strictEqual(why(gone, { to: ["c"] }, "c"), "m1")
    assert.strictEqual(why(three, { to: ["z"] }, "w"), "There is no agent z. There are: a, b, c, w.")
    assert.strictEqual(why(three, { to: ["a"] }), "A message to yourself is not sent.")
    assert.strictEqual(why(three, { to: ["*"], topic: "z" }), 'Nobody at work waits for "z".')
    assert.strictEqual(why(noMail, { to: ["*"] }), "Nobody else is at work now.")
  })
})

describe("who waits for whom", () => {
  const asks = (from: string, to: string, deadline = 100) => draft("question", "", { from, to: [to], deadline })
  const three = all(opened("a"), opened("b"), opened("c"))
  const owes = (drafts: ReadonlyArray<Draft>, from: string, to: string, now = 0) =>
    owed(sent(three, drafts).mail, from, to, now)?.id
  it("is a circle where the last one waits for the one that asks", () => {
    assert.strictEqual(owes([asks("a", "b")], "b", "a"), "m1")
    assert.strictEqual(owes([asks("a", "b"), asks("b", "c")], "c", "a"), "m2")
    assert.strictEqual(owes([asks("a", "b"), asks("b", "c")], "a", "c"), undefined)
  })
  it("is over with the answer, or the deadline", () => {
    const answer = draft("result", "", { from: "b", to: ["a"], replyTo: "m1" })
    assert.strictEqual(owes([asks("a", "b"), answer], "b", "a"), undefined)
    assert.strictEqual(owes([asks("a", "b", 10)], "b", "a", 11), undefined)
    assert.strictEqual(owes([draft("question", "", { to: ["b"] })], "b", "a"), undefined)
  })
  it("ends also where others wait in a circle of their own", () => {
    const mail = all(
      ...["a", "b", "c"].map((name) => opened(name)),
      {
        ...{ type: "message.sent", turn: 1, id: "m1", from: "a", to: ["b"], kind: "question", text: "", deadline: 9 }
      } as Fact,
      {
        ...{ type: "message.sent", turn: 1, id: "m2", from: "b", to: ["a"], kind: "question", text: "", deadline: 9 }
      } as Fact
    )
    assert.strictEqual(owed(mail, "c", "a", 0), undefined)
  })
})
