// The shape of the dependency rule, for the test that runs it.
import type { ICruiseOptions, IForbiddenRuleType } from "dependency-cruiser"

/** The rooms of the domain, in the order in which data meets them. */
export const rooms: ReadonlyArray<string>

declare const configuration: {
  readonly forbidden: Array<IForbiddenRuleType & { readonly name: string }>
  readonly options: ICruiseOptions & {
    readonly tsConfig: { readonly fileName: string }
    readonly enhancedResolveOptions: { exportsFields: Array<string>; conditionNames: Array<string> }
  }
}
export default configuration
