/** Why a sign-in, or its renewal, did not come about. */
import * as Data from "effect/Data"

/** No token was given. What was stored before is still there. */
export class SignInFailed extends Data.TaggedError("SignInFailed")<{
  readonly provider: string
  readonly reason: string
  /** `over`: the person has to sign in again; `unreachable`: later may help; `refused`: anything else. */
  readonly kind: "over" | "unreachable" | "refused"
}> {
  override get message(): string {
    return `Signing in to ${this.provider} did not work: ${this.reason}. What was stored is unchanged.`
  }
}
