/** The URL of a PostgreSQL database: read once, and never shown with its password. */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"

/** A database to connect to. */
export interface DatabaseUrl {
  /** For the driver: with all that the URL says, and what every session of ours is set to. */
  readonly secret: Redacted.Redacted
  /** For people: host, port and database. */
  readonly shown: string
  /** Any text without what is secret in the URL. */
  readonly hide: (text: string) => string
}

/**
 * What each session of ours is set to, so that no server has to be: a machine that vanished without a word holds its
 * locks for some ten seconds, not for two hours.
 */
const sessionSettings = [
  "tcp_keepalives_idle=5",
  "tcp_keepalives_interval=2",
  "tcp_keepalives_count=3",
  "tcp_user_timeout=10000"
]
  .map((setting) => `-c ${setting}`)
  .join(" ")

/** Milliseconds that an answer of the server may take. */
const patience = "30000"

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const withSettings = (url: URL): string => {
  const all = new URL(url)
  const own = all.searchParams.get("options")
  all.searchParams.set("options", own === null ? sessionSettings : `${sessionSettings} ${own}`)
  if (!all.searchParams.has("query_timeout")) all.searchParams.set("query_timeout", patience)
  return all.href
}

/** Reads a `postgresql://` URL; what is wrong with one that is none is said without showing it. */
export const readDatabaseUrl = (text: string): Either.Either<DatabaseUrl, string> => {
  if (!/^postgres(ql)?:\/\//.test(text)) return Either.left("a database's URL begins with postgresql://")
  if (!URL.canParse(text)) return Either.left("the database's URL cannot be read; odd characters in it are spelled %XX")
  const url = new URL(text)
  if (url.pathname.length < 2)
    return Either.left("the database's URL names no database: postgresql://host:port/database")
  const secrets = [url.password, decoded(url.password), url.searchParams.get("password") ?? ""].filter(
    (secret) => secret !== ""
  )
  return Either.right({
    secret: Redacted.make(withSettings(url)),
    shown: `${url.hostname === "" ? "localhost" : url.hostname}:${url.port === "" ? "5432" : url.port}${url.pathname}`,
    hide: (said) => secrets.reduce((left, secret) => left.replaceAll(secret, "***"), said)
  })
}
