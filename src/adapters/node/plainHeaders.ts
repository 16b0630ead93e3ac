/**
 * What the SDKs use of `Headers` and `FormData`. The program's bundle gives them these in place of Node's own, whose first
 * mention loads all of its fetch: as long as a short answer takes.
 */

const iterate = (given: unknown): Iterable<readonly [string, unknown]> => {
  if (typeof given !== "object" || given === null) return []
  return Symbol.iterator in given ? (given as Iterable<readonly [string, unknown]>) : Object.entries(given)
}

/** Header fields by their names in lower case, in the order of names. */
export class Headers {
  private readonly fields = new Map<string, string>()

  constructor(given?: unknown) {
    for (const [name, value] of iterate(given)) this.append(name, String(value))
  }

  append(name: string, value: string): void {
    const before = this.get(name)
    this.set(name, before === null ? value : `${before}, ${value}`)
  }

  set(name: string, value: string): void {
    this.fields.set(name.toLowerCase(), value.trim())
  }

  get(name: string): string | null {
    return this.fields.get(name.toLowerCase()) ?? null
  }

  has(name: string): boolean {
    return this.fields.has(name.toLowerCase())
  }

  delete(name: string): void {
    this.fields.delete(name.toLowerCase())
  }

  forEach(visit: (value: string, name: string) => void): void {
    for (const [name, value] of this) visit(value, name)
  }

  entries(): IterableIterator<[string, string]> {
    return [...this.fields].sort(([a], [b]) => (a < b ? -1 : 1)).values()
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }
}

/** A kind that nothing here is of: no request uploads files. */
export class FormData {}
