/** Which tools go anywhere, and which need a shell. The order is that in which a model is told of them. */
import { bash } from "./bash.ts"
import { edit } from "./edit.ts"
import { git } from "./git.ts"
import { glob } from "./glob.ts"
import { grep } from "./grep.ts"
import { ls } from "./ls.ts"
import { multiedit } from "./multiedit.ts"
import { patch } from "./patch.ts"
import { question } from "./question.ts"
import { read } from "./read.ts"
import type { AnyTool } from "./Tool.ts"
import { todo } from "./todo.ts"
import { webfetch } from "./webfetch.ts"
import { websearch } from "./websearch.ts"
import { write } from "./write.ts"

/** Tools for every host. */
export const portable: ReadonlyArray<AnyTool> = [read, write, edit, multiedit, patch, ls, glob, grep, todo, question]

/** Tools that need a shell. */
export const shell: ReadonlyArray<AnyTool> = [bash, git]

/** Tools that read the web. */
export const web: ReadonlyArray<AnyTool> = [webfetch, websearch]
