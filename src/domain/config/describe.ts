/** What the schema of settings says about one key: which keys there are, and in words what a value must be. */
import * as Option from "effect/Option"
import * as AST from "effect/SchemaAST"
import { Config } from "../model/Config.ts"
import { Json } from "../model/Json.ts"
import { ModelName } from "../model/Model.ts"

/** A key's place, outermost first; places in lists are numbers in decimal. */
export type Key = ReadonlyArray<string>

const isNothing = (ast: AST.AST): boolean => AST.isUndefinedKeyword(ast) || AST.isNeverKeyword(ast)

/** Without what Schema wraps round a type: suspension, and the `undefined` of a key that may be absent. */
const bare = (ast: AST.AST): AST.AST => {
  if (AST.isSuspend(ast)) return bare(ast.f())
  if (!AST.isUnion(ast)) return ast
  const rest = ast.types.filter((type) => !isNothing(type))
  const [only] = rest
  return rest.length === 1 && only !== undefined ? bare(only) : ast
}

const table = (ast: AST.AST): AST.TypeLiteral | undefined => {
  const it = bare(ast)
  // Where a key may hold a table or something else, its keys are those of the table.
  if (AST.isUnion(it)) return it.types.flatMap((type) => table(type) ?? [])[0]
  return AST.isTypeLiteral(it) ? it : undefined
}

const anything = bare(Json.ast)

const inside = (ast: AST.AST, key: string): AST.AST | undefined => {
  const it = bare(ast)
  if (it === anything) return undefined
  // A key's own place is where one of the alternatives has it.
  if (AST.isUnion(it)) return it.types.flatMap((type) => inside(type, key) ?? [])[0]
  if (AST.isTypeLiteral(it)) {
    const named = it.propertySignatures.find((property) => property.name === key)
    return named?.type ?? it.indexSignatures[0]?.type
  }
  return AST.isTupleType(it) && /^\d+$/.test(key) ? it.rest[0]?.type : undefined
}

/** The type of a key, where the schema has one. */
export const typeAt = (key: Key): AST.AST | undefined => {
  let ast: AST.AST | undefined = Config.ast
  for (const part of key) ast = ast === undefined ? undefined : inside(ast, part)
  return ast === undefined ? undefined : bare(ast)
}

/** The keys that a table may have by name. */
export const keysAt = (key: Key): ReadonlyArray<string> => {
  const ast = typeAt(key)
  const found = ast === undefined ? undefined : table(ast)
  return found === undefined ? [] : found.propertySignatures.map((property) => String(property.name))
}

/** What the keys of a table must be, in words, where they may not be anything. */
export const keysIn = (key: Key): string | undefined => {
  const names = table(typeAt(key) ?? anything)?.indexSignatures[0]?.parameter
  return names !== undefined && AST.isRefinement(names) ? describe(names) : undefined
}

/** What a value of this type is, in words. */
export const describe = (ast: AST.AST | undefined): string => {
  if (ast === undefined) return "something else"
  const it = bare(ast)
  if (it === ModelName.ast) return 'a model as "provider/model"'
  if (AST.isStringKeyword(it)) return "a string"
  if (AST.isNumberKeyword(it)) return "a number"
  if (AST.isBooleanKeyword(it)) return "true or false"
  if (AST.isLiteral(it)) return JSON.stringify(it.literal)
  if (AST.isTupleType(it)) return `a list of ${it.rest.map((rest) => describe(rest.type)).join(", ")}`
  if (AST.isTypeLiteral(it)) return "a table"
  if (AST.isUnion(it)) return it.types.map(describe).join(" or ")
  return Option.getOrElse(AST.getDescriptionAnnotation(it), () => "something else")
}
