/** Layers of settings, one over the other, and where each value came from. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { ConfigInvalid, type RawLayer } from "../../ports/ConfigSource.ts"
import { Config, defaults } from "../model/Config.ts"
import type { Json } from "../model/Json.ts"
import { type Misfit, misfit, type Providers } from "./declared.ts"
import type { Key } from "./describe.ts"
import { nearest } from "./suggest.ts"
import { dotted, invalid, isTable, type Table, validate } from "./validate.ts"

/** The settings in force, and for each dotted key where its value came from. */
export interface Merged {
  readonly config: Config
  readonly origins: ReadonlyMap<string, string>
  /** What layers that the person has not trusted would set, and does not count. */
  readonly ignored: ReadonlyArray<Ignored>
}

/** A setting without effect, as nobody has trusted the layer that it stands in. */
export interface Ignored {
  readonly key: string
  readonly value: Json
  readonly origin: string
}

/** A well-formed layer, in its place in the order. */
interface Layer {
  readonly origin: string
  readonly value: Table
}

/** Rules add up: a layer cannot take away what another one asks or denies. */
const addsUp = ([table, , last]: Key): boolean =>
  table === "permission" || ((table === "modes" || table === "agents") && (last === "ask" || last === "deny"))

/** Of routes the first that matches wins: those of a higher layer stand before those below it. */
const isRoutes = ([first, second, third]: Key): boolean =>
  first === "model" && second === "routes" && third === undefined

/** What lies below a layer. */
interface Below {
  readonly value: Json | undefined
  readonly origins: ReadonlyMap<string, string>
}

/** What there is with the layer on top. */
interface Laid extends Below {
  readonly value: Json
}

const within = (origins: ReadonlyMap<string, string>, name: string): ReadonlyMap<string, string> =>
  new Map([...origins].filter(([key]) => key === name || key.startsWith(`${name}.`)))

const leaf = (below: Below, above: Json, origin: string, key: Key): Laid => {
  const name = dotted(key)
  if (addsUp(key) && Array.isArray(above) && Array.isArray(below.value)) {
    if (above.length === 0) return { value: below.value, origins: within(below.origins, name) }
    const before = below.value.length === 0 ? undefined : below.origins.get(name)
    const from = before === undefined || before === origin ? origin : `${before}, ${origin}`
    return { value: [...below.value, ...above], origins: new Map([[name, from]]) }
  }
  return { value: above, origins: new Map([[name, origin]]) }
}

const overlay = (below: Below, above: Json, origin: string, key: Key): Laid => {
  if (!isTable(above)) return leaf(below, above, origin, key)
  const table = isTable(below.value) ? below.value : {}
  const values = new Map<string, Json>(Object.entries(table))
  const origins = new Map(isTable(below.value) ? below.origins : [])
  for (const [name, inner] of Object.entries(above)) {
    const place = [...key, name]
    const spelt = dotted(place)
    const next = overlay({ value: values.get(name), origins: within(origins, spelt) }, inner, origin, place)
    for (const old of within(origins, spelt).keys()) origins.delete(old)
    for (const [at, from] of next.origins) origins.set(at, from)
    values.set(name, next.value)
  }
  return { value: isRoutes(key) ? { ...above, ...Object.fromEntries(values) } : Object.fromEntries(values), origins }
}

const without = (value: Table, name: string): Table =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))

const profilesOf = (value: Table): Table => (isTable(value.profiles) ? value.profiles : {})

const noProfile = (name: string, layers: ReadonlyArray<Layer>, inert: ReadonlyArray<Layer>): ConfigInvalid => {
  const known = [...new Set(layers.flatMap((layer) => Object.keys(profilesOf(layer.value))))].sort()
  const meant = nearest(name, known)
  const there = known.length === 0 ? "no profile is defined" : `there are ${known.join(", ")}`
  const untrusted = inert.find((layer) => Object.hasOwn(profilesOf(layer.value), name))
  const reason =
    untrusted === undefined
      ? `there is no such profile; ${meant === undefined ? there : `did you mean ${meant}?`}`
      : `it is defined by ${untrusted.origin}, which you have not trusted`
  return new ConfigInvalid({ origin: "--profile or CODE_MESH_PROFILE", key: dotted(["profiles", name]), reason })
}

/** The chosen profile's layers, which stand over all files and under the environment. */
const profileLayers = (
  layers: ReadonlyArray<Layer>,
  inert: ReadonlyArray<Layer>,
  profile: Option.Option<string>
): Either.Either<ReadonlyArray<Layer>, ConfigInvalid> => {
  if (Option.isNone(profile)) return Either.right([])
  const name = profile.value
  const found = layers.flatMap((layer) => {
    const profiles = profilesOf(layer.value)
    const value = Object.hasOwn(profiles, name) ? profiles[name] : undefined
    return isTable(value) ? [{ origin: `${layer.origin} [${dotted(["profiles", name])}]`, value }] : []
  })
  return found.length === 0 ? Either.left(noProfile(name, layers, inert)) : Either.right(found)
}

/** Each setting of a table, with its dotted key. */
const leaves = (value: Json, key: Key): ReadonlyArray<readonly [string, Json]> =>
  isTable(value)
    ? Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...key, name]))
    : [[dotted(key), value]]

const ignoredOf = ({ origin, value }: Layer): ReadonlyArray<Ignored> =>
  leaves(value, []).map(([key, inner]) => ({ key, value: inner, origin }))

const decode = Schema.decodeUnknownSync(Config)

/** The error for a setting that makes no sense beside the others, where it was set. */
const asWritten = (raw: ReadonlyArray<RawLayer>, origins: ReadonlyMap<string, string>, { key, reason }: Misfit) => {
  const origin = String(origins.get(dotted(key)))
  const [, profile] = / \[profiles\.(.+)\]$/.exec(origin) ?? []
  const place = profile === undefined ? key : ["profiles", profile.replaceAll('"', ""), ...key]
  return raw
    .filter((one) => origin === one.origin || origin === `${one.origin} [profiles.${profile}]`)
    .reduce((_, layer) => invalid(layer, place, reason), new ConfigInvalid({ origin, key: dotted(key), reason }))
}

const builtIn: Layer = { origin: "default", value: defaults }

/** Lays the layers over one another, the first lowest, with the profile's between files and environment. */
export const merge = (
  raw: ReadonlyArray<RawLayer>,
  profile: Option.Option<string>,
  providers?: Providers
): Either.Either<Merged, ConfigInvalid> =>
  Either.gen(function* () {
    const files: Array<Layer> = []
    const over: Array<Layer> = []
    const inert: Array<Layer> = []
    for (const layer of raw) {
      const value = yield* validate(layer)
      const isFile = layer.kind === "global" || layer.kind === "project"
      const place = isFile ? files : over
      ;(layer.inert === true ? inert : place).push({ origin: layer.origin, value })
    }
    const chosen = yield* profileLayers(files, inert, profile)
    const state = [builtIn, ...files, ...chosen, ...over].reduce<Below>(
      (below, layer) => overlay(below, without(layer.value, "profiles"), layer.origin, []),
      { value: undefined, origins: new Map() }
    )
    // Each layer was valid, and so is what lies over one another key by key: this cannot throw.
    const config = decode(state.value)
    const wrong = misfit(config, providers)
    if (wrong !== undefined) return yield* Either.left(asWritten(raw, state.origins, wrong))
    return { config, origins: state.origins, ignored: inert.flatMap(ignoredOf) }
  })
