/** Programs that run another command which their arguments name, and how to find it. */
import type { Options } from "./options.ts"

/** How a wrapper's arguments name what it runs. */
export interface Wrapper extends Options {
  /** It adds nothing of its own: what it runs is all that has to be allowed. */
  readonly neutral?: boolean
  /** Operands of its own before the command. */
  readonly own?: number
  /** `NAME=value` may stand before the command. */
  readonly assigns?: boolean
  /** What follows is a command's words, or text that a shell reads. */
  readonly runs: "words" | "text"
  /** Options whose value a shell reads. */
  readonly texts?: ReadonlyArray<string>
  /** Options with which it runs nothing that is named here. */
  readonly inert?: ReadonlyArray<string>
  /** It gives the command more words, from elsewhere. */
  readonly adds?: boolean
  /** What it is given and, for each, what it runs. */
  readonly examples: ReadonlyArray<readonly [string, ReadonlyArray<string>]>
}

/** The wrappers. */
export const wrappers: Readonly<Record<string, Wrapper>> = {
  env: {
    neutral: true,
    short: "i0v",
    valued: "uC",
    long: ["--ignore-environment", "--null", "--debug"],
    longValued: ["--unset", "--chdir"],
    assigns: true,
    runs: "words",
    texts: ["-S", "--split-string"],
    examples: [
      ["env curl x", ["curl x"]],
      ["env -i A=1 curl x", ["curl x"]],
      ["env -u A -- curl x", ["curl x"]],
      ["env -S 'curl x'", ["curl x"]]
    ]
  },
  nohup: { neutral: true, runs: "words", examples: [["nohup curl x", ["curl x"]]] },
  nice: {
    neutral: true,
    valued: "n",
    longValued: ["--adjustment"],
    count: true,
    runs: "words",
    examples: [
      ["nice -n 5 curl x", ["curl x"]],
      ["nice -5 curl x", ["curl x"]]
    ]
  },
  ionice: {
    neutral: true,
    short: "t",
    valued: "cn",
    longValued: ["--class", "--classdata"],
    runs: "words",
    examples: [["ionice -c 3 curl x", ["curl x"]]]
  },
  timeout: {
    neutral: true,
    short: "v",
    valued: "ks",
    long: ["--foreground", "--preserve-status", "--verbose"],
    longValued: ["--kill-after", "--signal"],
    own: 1,
    runs: "words",
    examples: [
      ["timeout 5 curl x", ["curl x"]],
      ["timeout -k 1s --signal=KILL 5 curl x", ["curl x"]]
    ]
  },
  stdbuf: {
    neutral: true,
    valued: "ioe",
    longValued: ["--input", "--output", "--error"],
    runs: "words",
    examples: [["stdbuf -oL curl x", ["curl x"]]]
  },
  setsid: {
    neutral: true,
    short: "cfw",
    long: ["--ctty", "--fork", "--wait"],
    runs: "words",
    examples: [["setsid -w curl x", ["curl x"]]]
  },
  time: { neutral: true, short: "p", runs: "words", examples: [["\\time -p curl x", ["curl x"]]] },
  command: {
    neutral: true,
    runs: "words",
    inert: ["-v", "-V"],
    short: "vV",
    examples: [
      ["command curl x", ["curl x"]],
      ["command -v curl", []]
    ]
  },
  builtin: { neutral: true, runs: "words", examples: [["builtin echo x", ["echo x"]]] },
  exec: { neutral: true, short: "cl", valued: "a", runs: "words", examples: [["exec -a y curl x", ["curl x"]]] },
  busybox: { neutral: true, runs: "words", examples: [["busybox wget x", ["wget x"]]] },
  toybox: { neutral: true, runs: "words", examples: [["toybox wget x", ["wget x"]]] },
  sudo: {
    short: "AbEeHiKklnPSsV",
    valued: "CDghpRrtTu",
    long: ["--preserve-env", "--login", "--shell", "--non-interactive", "--set-home", "--background", "--stdin"],
    longValued: ["--user", "--group", "--chdir", "--prompt", "--host", "--role", "--type", "--close-from"],
    longMaybe: ["--preserve-env"],
    assigns: true,
    runs: "words",
    examples: [
      ["sudo -u me A=1 curl x", ["curl x"]],
      ["sudo -E --user=me -- curl x", ["curl x"]]
    ]
  },
  doas: { short: "Lns", valued: "aCu", runs: "words", examples: [["doas -u me curl x", ["curl x"]]] },
  run0: { long: ["--pty", "--pipe"], longValued: ["--user"], runs: "words", examples: [["run0 curl x", ["curl x"]]] },
  pkexec: { longValued: ["--user"], runs: "words", examples: [["pkexec curl x", ["curl x"]]] },
  chroot: {
    longValued: ["--userspec", "--groups"],
    long: ["--skip-chdir"],
    own: 1,
    runs: "words",
    examples: [["chroot / curl x", ["curl x"]]]
  },
  unshare: {
    short: "mipnuUCTrcf",
    long: ["--mount", "--pid", "--net", "--user", "--fork", "--map-root-user"],
    runs: "words",
    examples: [["unshare -rn curl x", ["curl x"]]]
  },
  strace: {
    short: "cCdfFhiqrtTvVxyzZk",
    valued: "aeoOpPsSuUE",
    runs: "words",
    examples: [["strace -f -o out curl x", ["curl x"]]]
  },
  ltrace: { short: "cCfhiLrStTV", valued: "aeolnpsuwx", runs: "words", examples: [["ltrace -f curl x", ["curl x"]]] },
  taskset: { short: "ac", own: 1, runs: "words", examples: [["taskset 1 curl x", ["curl x"]]] },
  chrt: { short: "bfior", own: 1, runs: "words", examples: [["chrt -r 1 curl x", ["curl x"]]] },
  prlimit: {
    longMaybe: ["--nofile", "--cpu", "--nproc", "--core", "--as"],
    runs: "words",
    examples: [["prlimit --cpu=1 curl x", ["curl x"]]]
  },
  setpriv: {
    longMaybe: ["--reuid", "--regid", "--pdeathsig", "--bounding-set", "--inh-caps"],
    long: ["--no-new-privs", "--clear-groups", "--keep-groups", "--init-groups"],
    runs: "words",
    examples: [["setpriv --no-new-privs curl x", ["curl x"]]]
  },
  setarch: { short: "R", own: 1, runs: "words", examples: [["setarch x86_64 -R curl x", []]] },
  flock: {
    short: "exnsuoF",
    valued: "wE",
    long: ["--exclusive", "--shared", "--nonblock", "--unlock", "--close"],
    longValued: ["--timeout", "--wait"],
    own: 1,
    runs: "words",
    texts: ["-c", "--command"],
    examples: [
      ["flock -n lock curl x", ["curl x"]],
      ["flock -c 'curl x'", ["curl x"]]
    ]
  },
  xargs: {
    neutral: true,
    short: "0oprtx",
    valued: "adEILnPs",
    long: ["--null", "--no-run-if-empty", "--verbose", "--exit", "--open-tty"],
    longValued: ["--arg-file", "--delimiter", "--max-args", "--max-procs", "--max-chars", "--max-lines"],
    longMaybe: ["--replace", "--eof"],
    runs: "words",
    adds: true,
    examples: [
      ["xargs -n 1 curl", ["curl \0"]],
      ["xargs -I{} curl {}", ["curl {} \0"]]
    ]
  },
  parallel: {
    short: "0kqtuX",
    valued: "jnNI",
    long: ["--keep-order", "--dry-run", "--ungroup", "--line-buffer", "--null"],
    longValued: ["--jobs", "--max-args", "--timeout"],
    runs: "text",
    adds: true,
    examples: [["parallel curl ::: x", ["curl ::: x _"]]]
  },
  watch: {
    short: "bcdegtwx",
    valued: "n",
    long: ["--beep", "--color", "--errexit", "--chgexit", "--no-title", "--exec"],
    longValued: ["--interval"],
    longMaybe: ["--differences"],
    runs: "text",
    examples: [
      ["watch -n 5 curl x", ["curl x"]],
      ["watch 'ls; curl x'", ["ls", "curl x"]]
    ]
  },
  eval: {
    neutral: true,
    runs: "text",
    examples: [
      ["eval curl x", ["curl x"]],
      ["eval 'ls; curl x'", ["ls", "curl x"]]
    ]
  },
  ssh: {
    short: "46AaCfGgKkMNnqsTtVvXxYy",
    valued: "BbcDEeFIiJLlmOoPpQRSWw",
    own: 1,
    runs: "text",
    examples: [
      ["ssh -p 22 host curl x", ["curl x"]],
      ["ssh host 'ls; curl x'", ["ls", "curl x"]]
    ]
  },
  su: {
    short: "lmp",
    valued: "sgGw",
    long: ["--login", "--preserve-environment"],
    longValued: ["--shell"],
    own: 1,
    runs: "words",
    texts: ["-c", "--command"],
    examples: [
      ["su -c 'curl x' me", ["curl x"]],
      ["su -l me", []]
    ]
  },
  runuser: {
    short: "lmp",
    valued: "ugGs",
    runs: "words",
    texts: ["-c", "--command"],
    examples: [["runuser -u me -- curl x", ["curl x"]]]
  },
  script: {
    short: "aefq",
    valued: "EIOoBTm",
    long: ["--append", "--flush", "--quiet", "--return"],
    own: 1,
    runs: "words",
    texts: ["-c", "--command"],
    examples: [["script -qc 'curl x' out", ["curl x"]]]
  }
}

/** Shells, with the options that leave them plain; `-c` makes the next operand their script. */
export const shells: ReadonlySet<string> = new Set("sh bash zsh dash ksh mksh ash rbash fish".split(" "))
