/** What disguised commands do when they run, held against the footprint that was computed of them before. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { lineFootprint, readCommandLine } from "../../../src/domain/permission/commandLine.ts"
import { grammar } from "../../support/grammar.ts"

const root = "/work"
const home = "/home/me"
const bubblewrap = spawnSync("bwrap", ["--ro-bind", "/", "/", "--unshare-all", "true"]).status === 0
const runs = Number(process.env.FOOTPRINT_RUNS ?? 60)

const scratch = fs.mkdtempSync(path.join(tmpdir(), "code-mesh-footprint-"))
afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }))

/** Every place that a command could change in the sandbox, as the sandbox names it. */
const places = [root, home, "/tmp"]

const prepare = (dir: string): void => {
  fs.rmSync(dir, { recursive: true, force: true })
  for (const place of places) fs.mkdirSync(path.join(dir, place), { recursive: true })
  fs.mkdirSync(path.join(dir, root, "d", "e"), { recursive: true })
  for (const name of ["a", "b", "d/c", "sub dir"]) fs.writeFileSync(path.join(dir, root, name), `${name}\ntwo\n`)
  fs.writeFileSync(path.join(dir, home, "h"), "h\n")
}

const look = (dir: string): ReadonlyMap<string, string> => {
  const seen = new Map<string, string>()
  const walk = (at: string): void => {
    for (const entry of fs.readdirSync(path.join(dir, at), { withFileTypes: true })) {
      const name = path.join(at, entry.name)
      const full = path.join(dir, name)
      const mode = fs.lstatSync(full).mode
      const text = entry.isFile() ? fs.readFileSync(full, "utf8") : entry.isSymbolicLink() ? fs.readlinkSync(full) : ""
      seen.set(name, `${mode} ${text}`)
      if (entry.isDirectory()) walk(name)
    }
  }
  for (const place of places) walk(place)
  return seen
}

const changed = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): ReadonlyArray<string> =>
  [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name))

const run = (dir: string, line: string): void => {
  const binds = places.flatMap((place) => ["--bind", path.join(dir, place), place])
  const system = ["/usr", "/bin", "/lib", "/lib64", "/etc"].flatMap((at) => ["--ro-bind-try", at, at])
  spawnSync(
    "bwrap",
    [
      ...[...system, ...binds, "--dev", "/dev", "--proc", "/proc", "--unshare-all", "--die-with-parent", "--clearenv"],
      ...["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", home, "--chdir", root, "--", "bash", "-c", line]
    ],
    { timeout: 10_000, stdio: "ignore" }
  )
}

const one = <A>(...all: ReadonlyArray<A>) => fc.constantFrom(...all)

const file = one(
  "a",
  "b",
  "new",
  "d/c",
  "d/new",
  "./a",
  "../home/me/h",
  `${home}/h`,
  "~/n",
  "/tmp/t",
  '"sub dir"',
  "$HOME/v"
)

/** Small things that really happen. */
const effects: fc.Arbitrary<string> = fc
  .tuple(
    one<(a: string, b: string) => string>(
      (a) => `touch ${a}`,
      (a) => `echo x > ${a}`,
      (a) => `echo x >> ${a}`,
      (a) => `: >| ${a}`,
      (a) => `rm -f ${a}`,
      (a) => `rm -rf d ${a}`,
      (a, b) => `cp ${a} ${b}`,
      (a) => `cp a b -t d; touch ${a}`,
      (a, b) => `mv ${a} ${b}`,
      (a) => `mv ${a} d`,
      (a) => `ln -s a ${a}1`,
      (a) => `mkdir -p ${a}2/x/y`,
      (a) => `sed -i s/two/2/ ${a}`,
      (a) => `echo x | tee ${a}`,
      (a) => `echo x | tee -a ${a} >/dev/null`,
      (a) => `dd if=a of=${a} status=none`,
      (a) => `sort -o ${a} a`,
      (a) => `truncate -s 1 ${a}`,
      (a) => `chmod 600 ${a}`,
      (a) => `install -m 600 a ${a}`,
      (a) => `cat a b > ${a}`,
      (a) => `find d -delete; echo ${a}`,
      (a) => `awk 'BEGIN{print 1 > "x"}'; echo ${a}`,
      (a) => `ls &> ${a}`,
      (a) => `cat < a 1<> ${a}`,
      (a) => `unlink ${a}`
    ),
    file,
    file
  )
  .map(([effect, a, b]) => effect(a, b))

const single = (line: string): string => `'${line.replaceAll("'", `'\\''`)}'`

/** Ways to write, to wrap and to hide a command. */
const disguises: fc.Arbitrary<(line: string) => string> = one<(line: string) => string>(
  (line) => line,
  (line) => `( ${line} )`,
  (line) => `{ ${line}; }`,
  (line) => `true && { ${line}; }`,
  (line) => `false || (${line})`,
  (line) => `echo $(${line})`,
  (line) => `x="$(${line})"`,
  (line) => `cat <(${line})`,
  (line) => `echo y | { ${line}; }`,
  (line) => `if true; then ${line}; fi`,
  (line) => `for i in 1 2; do ${line}; done`,
  (line) => `case a in a) ${line};; esac`,
  (line) => `f() { ${line}; }; f`,
  (line) => `sh -c ${single(line)}`,
  (line) => `bash -c ${single(line)}`,
  (line) => `eval ${single(line)}`,
  (line) => `env A=1 sh -c ${single(line)}`,
  (line) => `nice -n 1 timeout 5 bash -c ${single(line)}`,
  (line) => `bash <<'EOF'\n${line}\nEOF`,
  (line) => `cat <<EOF\n$(${line})\nEOF`,
  (line) => `sh <<< ${single(line)}`,
  (line) => `echo ${single(line)} | sh`,
  (line) => `cd d && { ${line}; }`,
  (line) => `cd d; ${line}`,
  (line) => `(cd d/e; cd ..; ${line})`,
  (line) => `cd nowhere || { ${line}; }`,
  (line) => `trap ${single(line)} EXIT`,
  (line) => `find . -maxdepth 0 -exec sh -c ${single(line)} \\;`,
  (line) => `echo 1 | xargs -I{} sh -c ${single(line)}`,
  (line) => `coproc { ${line}; }; wait`,
  (line) => `echo $((1 + $(${line}; echo 1)))`,
  (line) => `\${nothing:-$(${line})}`,
  (line) => `[[ -n $(${line}) ]]`,
  (line) => line.replace(/^(\w)(\w+)/, "$1''$2"),
  (line) => line.replace(/^(\w+)/, '"$1"'),
  (line) => `\\${line}`,
  (line) => `ls # x\n${line}`,
  (line) => `export PATH; ${line}`,
  (line) => `HOME=/tmp; ${line}`,
  (line) => `{ ${line}; } > out`
)

const lines = fc
  .tuple(effects, fc.array(disguises, { minLength: 0, maxLength: 3 }))
  .map(([effect, all]) => all.reduce((line, disguise) => disguise(line), effect))

const covers = (write: ReadonlyArray<string>, name: string): boolean =>
  write
    .map((one) => path.normalize(one))
    .some((one) => name === one || name.startsWith(one.endsWith("/") ? one : `${one}/`))

describe.skipIf(!bubblewrap)("a disguised command that really runs", () => {
  it("changes nothing outside of the footprint that was computed", { timeout: 240_000 }, () => {
    let told = 0
    let acted = 0
    let all = 0
    fc.assert(
      fc.property(lines, (line) => {
        const { unknown, write } = lineFootprint(readCommandLine(grammar, line, { root, home }))
        all += 1
        // What is unknown asks; nothing more was claimed.
        if (unknown.length > 0) return
        told += 1
        const dir = path.join(scratch, "world")
        prepare(dir)
        const before = look(dir)
        run(dir, line)
        const effects = changed(before, look(dir))
        if (effects.length > 0) acted += 1
        const outside = effects.filter((name) => !covers(write, name))
        assert.deepStrictEqual(outside, [], `${line}\nwrites ${write.join(" ")}`)
      }),
      { numRuns: runs }
    )
    // Otherwise it would show nothing.
    assert.isAbove(told, all / 5)
    assert.isAbove(acted, told / 3)
    console.log(`${all} lines: of ${told} all was told, and ${acted} of those changed something`)
  })
})
