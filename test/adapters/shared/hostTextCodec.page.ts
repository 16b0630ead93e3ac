/** HostTextCodec's contract, in a page. */
import * as HostTextCodec from "../../../src/adapters/shared/HostTextCodec.ts"
import { textCodecContract } from "../../ports/TextCodec.contract.ts"
import { collect } from "../../support/contract.ts"

/** Runs the contract. */
export const run = () => collect(textCodecContract, HostTextCodec.layer)
