/** The built-in list of programs and options that only read: everything not named here asks. */
import type { Options } from "./options.ts"

/** Which arguments of a program may be paths. */
export type PathArguments = "all" | "none" | "butFirst"

/** What a program may be given. */
export interface Allowed extends Options {
  /** The most operands it may have. */
  readonly operands?: number
  /** What each operand has to look like. */
  readonly operand?: RegExp
  /** Which operands may be paths; all, where absent. */
  readonly paths?: PathArguments
  /** With one of these options the first operand is a path too. */
  readonly allPathsWith?: ReadonlyArray<string>
  /** Unquoted `*` and `?` may stand in operands: it shows no file's content. */
  readonly globs?: boolean
  readonly examples: { readonly match: ReadonlyArray<string>; readonly notMatch: ReadonlyArray<string> }
}

const digest: Allowed = {
  short: "bt",
  long: ["--tag", "--zero"],
  examples: { match: ["sha256sum a.txt"], notMatch: ["sha256sum -c list"] }
}

const grep: Omit<Allowed, "examples"> = {
  short: "abcEFGhHiIlLnoPqrRsTUvwxyzZ",
  valued: "eABCmdD",
  long: [
    "--count",
    "--extended-regexp",
    "--fixed-strings",
    "--basic-regexp",
    "--perl-regexp",
    "--files-with-matches",
    "--files-without-match",
    "--ignore-case",
    "--invert-match",
    "--line-number",
    "--line-regexp",
    "--no-filename",
    "--with-filename",
    "--no-messages",
    "--only-matching",
    "--quiet",
    "--recursive",
    "--dereference-recursive",
    "--silent",
    "--text",
    "--word-regexp"
  ],
  longValued: [
    "--regexp",
    "--after-context",
    "--before-context",
    "--context",
    "--max-count",
    "--include",
    "--exclude",
    "--exclude-dir"
  ],
  longMaybe: ["--color", "--colour", "--binary-files"],
  count: true,
  paths: "butFirst",
  allPathsWith: ["-e", "--regexp"]
}

/** Programs that only read, with the options that keep them so. */
export const readOnlyPrograms: Readonly<Record<string, Allowed>> = {
  ls: {
    short: "aAbBcCdFgGhHiklLmnNopqQrRsStuUvxXZ1",
    valued: "Iw",
    long: ["--all", "--almost-all", "--recursive", "--human-readable", "--reverse", "--directory", "--inode", "--size"],
    longValued: ["--ignore", "--hide"],
    longMaybe: ["--color", "--sort", "--time", "--time-style", "--format", "--classify"],
    globs: true,
    examples: {
      match: ["ls", "ls -la src", "ls -la --color=never", "ls src/*.ts"],
      notMatch: ["ls > x", "ls -D", "ls *"]
    }
  },
  pwd: { short: "LP", operands: 0, examples: { match: ["pwd"], notMatch: ["pwd x"] } },
  cat: {
    short: "AbeEnstTuv",
    long: ["--number", "--number-nonblank", "--show-all", "--squeeze-blank", "--show-ends", "--show-tabs"],
    examples: { match: ["cat a b", "cat -n a"], notMatch: ["cat <(ls)", "cat a > b", "cat $X", "cat src/*"] }
  },
  head: {
    short: "qvz",
    valued: "nc",
    longValued: ["--lines", "--bytes"],
    long: ["--quiet", "--silent", "--verbose"],
    count: true,
    examples: { match: ["head -n 5 a", "head -20 a", "head --lines=3 a"], notMatch: ["head -n $(id) a"] }
  },
  tail: {
    short: "qvzr",
    valued: "nc",
    longValued: ["--lines", "--bytes"],
    long: ["--quiet", "--silent", "--verbose"],
    count: true,
    examples: { match: ["tail -5 a", "tail -n +3 a"], notMatch: ["tail -f a", "tail --pid=1 -f a"] }
  },
  wc: {
    short: "clmLw",
    long: ["--lines", "--words", "--bytes", "--chars", "--max-line-length"],
    globs: true,
    examples: { match: ["wc -l a", "wc -l src/*.ts"], notMatch: ["wc --files0-from=a"] }
  },
  grep: {
    ...grep,
    examples: {
      match: ["grep -rn 'a|b' src", "grep -R foo src || true", "grep --regexp x src", "grep --include='*.ts' -e x ."],
      notMatch: ["grep -f patterns a", "grep --devices=read x a"]
    }
  },
  // The older names of `grep -E` and `grep -F`.
  egrep: {
    ...grep,
    examples: {
      match: ["egrep -rn 'a|b' src", "egrep -v '^(a|b)$' f | head -5"],
      notMatch: ["egrep -f patterns a", "egrep --devices=read x a", "egrep x a > b", "egrep $X a", "./egrep x a"]
    }
  },
  fgrep: {
    ...grep,
    examples: {
      match: ["fgrep -c a.b src/a.ts", "fgrep --include='*.ts' -re '$x' ."],
      notMatch: ["fgrep -f patterns a", "fgrep --file=p a", "fgrep $(id) a", "fgrep x *"]
    }
  },
  rg: {
    short: "abcFHiIlLnNopPqsSuUvwx0.",
    valued: "eABCgjmtTrMd",
    long: [
      "--files",
      "--hidden",
      "--no-ignore",
      "--no-heading",
      "--heading",
      "--line-number",
      "--no-line-number",
      "--column",
      "--count",
      "--count-matches",
      "--files-with-matches",
      "--files-without-match",
      "--fixed-strings",
      "--ignore-case",
      "--smart-case",
      "--case-sensitive",
      "--invert-match",
      "--word-regexp",
      "--line-regexp",
      "--only-matching",
      "--multiline",
      "--multiline-dotall",
      "--pcre2",
      "--json",
      "--vimgrep",
      "--no-messages",
      "--no-config",
      "--quiet",
      "--stats",
      "--text",
      "--trim",
      "--with-filename",
      "--no-filename",
      "--type-list",
      "--unrestricted",
      "--version"
    ],
    longValued: [
      "--regexp",
      "--after-context",
      "--before-context",
      "--context",
      "--glob",
      "--iglob",
      "--max-count",
      "--max-depth",
      "--max-columns",
      "--max-filesize",
      "--type",
      "--type-not",
      "--sort",
      "--sortr",
      "--color",
      "--replace",
      "--threads"
    ],
    paths: "butFirst",
    allPathsWith: ["-e", "--regexp", "--files"],
    examples: {
      match: ["rg foo", "rg -n 'a b' src", "rg --files src", "rg '\\$\\(whoami\\)' src", "rg foo 2>&1 | head"],
      notMatch: [
        "rg --pre ./x foo",
        "rg --pre=./x foo",
        "rg --hostname-bin ./x foo",
        "rg -z foo",
        "rg -nz foo",
        "rg --search-zip foo",
        "rg -f p",
        "rg --ignore-file x y"
      ]
    }
  },
  which: { short: "as", paths: "none", examples: { match: ["which node", "which -a sh"], notMatch: ["which $(id)"] } },
  type: { short: "apPft", paths: "none", examples: { match: ["type node"], notMatch: ["type `id`"] } },
  uname: {
    short: "asnrvmpio",
    long: ["--all", "--machine", "--kernel-name", "--kernel-release"],
    operands: 0,
    examples: { match: ["uname -a", "uname"], notMatch: ["uname -S name", "uname name"] }
  },
  arch: { operands: 0, examples: { match: ["arch"], notMatch: ["arch -x86_64 rm"] } },
  nproc: { long: ["--all"], operands: 0, examples: { match: ["nproc"], notMatch: ["nproc x"] } },
  whoami: { operands: 0, examples: { match: ["whoami"], notMatch: ["whoami x"] } },
  groups: { paths: "none", examples: { match: ["groups"], notMatch: ["groups -x"] } },
  id: {
    short: "ugGnrz",
    long: ["--user", "--group", "--groups", "--name", "--real"],
    paths: "none",
    examples: { match: ["id", "id -u"], notMatch: ["id > x", "id --files0-from=x"] }
  },
  hostname: { operands: 0, examples: { match: ["hostname"], notMatch: ["hostname x", "hostname -F f"] } },
  uptime: { short: "ps", operands: 0, examples: { match: ["uptime -p"], notMatch: ["uptime x"] } },
  free: { short: "bkmghtw", operands: 0, examples: { match: ["free -h"], notMatch: ["free x"] } },
  echo: {
    short: "neE",
    operand: /^(?!-)/,
    paths: "none",
    globs: true,
    examples: {
      match: ['echo "a > b"', "echo -n hi"],
      notMatch: ["echo $HOME", "echo x > f", 'echo "`id`"', "echo \\$(id)"]
    }
  },
  expr: { paths: "none", examples: { match: ["expr 1 + 2"], notMatch: ["expr $(id)"] } },
  seq: { valued: "fs", short: "w", paths: "none", examples: { match: ["seq 1 5"], notMatch: ["seq --x"] } },
  printf: {
    operand: /^(?!-)/,
    paths: "none",
    examples: { match: ["printf 'a\\n'", "printf '%s' a"], notMatch: ["printf -v PATH x", "printf $X"] }
  },
  // An index in brackets would be run; names after `-v` and numbers could hold one.
  test: {
    short: "fdershxwLSnz",
    operand: /^[^[\]$`]*$/,
    examples: { match: ["test -f a", "test a = b"], notMatch: ["test -v x", "test 'a[1]' -eq 1"] }
  },
  "[": {
    short: "fdershxwLSnz",
    operand: /^(?:\]|[^[\]$`]*)$/,
    examples: { match: ["[ -f a ]", "[ a = b ]"], notMatch: ["[ -v x ]", "[ 'a[1]' -eq 1 ]"] }
  },
  numfmt: {
    longValued: ["--from", "--to"],
    paths: "none",
    examples: { match: ["numfmt --to=iec 1"], notMatch: ["numfmt --x"] }
  },
  strings: {
    short: "a",
    valued: "nt",
    examples: { match: ["strings -n 5 a"], notMatch: ["strings @f"] },
    operand: /^[^@]/
  },
  true: { operands: 0, examples: { match: ["true"], notMatch: ["true --x"] } },
  false: { operands: 0, examples: { match: ["false"], notMatch: ["false --x"] } },
  date: {
    short: "uIR",
    valued: "d",
    long: ["--utc", "--universal", "--rfc-email"],
    longValued: ["--date"],
    longMaybe: ["--iso-8601", "--rfc-3339"],
    operand: /^\+/,
    paths: "none",
    examples: {
      match: ["date", "date +%F", "date -u"],
      notMatch: ["date -s now", "date 010100002030", "date --set=now", "date -f x"]
    }
  },
  stat: {
    short: "fLt",
    valued: "c",
    long: ["--dereference", "--file-system", "--terse"],
    longValued: ["--format", "--printf"],
    globs: true,
    examples: { match: ["stat a", "stat -c %s a"], notMatch: ["stat --x a"] }
  },
  file: {
    short: "bhikLNpr0",
    long: ["--brief", "--mime", "--mime-type", "--mime-encoding"],
    globs: true,
    examples: { match: ["file a", "file -b --mime-type a"], notMatch: ["file -f list", "file -C -m x", "file -z a"] }
  },
  du: {
    short: "abchHklmsSx0",
    valued: "dtB",
    long: ["--all", "--apparent-size", "--bytes", "--human-readable", "--summarize", "--total"],
    longValued: ["--max-depth", "--exclude", "--threshold", "--block-size"],
    globs: true,
    examples: { match: ["du -sh .", "du -h --max-depth=1 src"], notMatch: ["du --files0-from=x", "du -X x"] }
  },
  df: {
    short: "ahHiklPT",
    valued: "tx",
    long: ["--all", "--human-readable", "--inodes", "--local", "--print-type", "--total"],
    examples: { match: ["df -h", "df -h ."], notMatch: ["df --x"] }
  },
  tree: {
    short: "adfilxpsughDFqNQrtUcvACSnJX",
    valued: "LPI",
    long: ["--dirsfirst", "--gitignore", "--noreport", "--prune", "--du", "--filesfirst"],
    longValued: ["--filelimit"],
    globs: true,
    examples: {
      match: ["tree -L 2", "tree -a -I node_modules"],
      notMatch: ["tree -o out", "tree -H . -R -L 1", "tree --fromfile x"]
    }
  },
  sort: {
    short: "bdfghiMnRrVcCmsuz",
    valued: "kt",
    long: [
      "--reverse",
      "--unique",
      "--numeric-sort",
      "--human-numeric-sort",
      "--ignore-case",
      "--stable",
      "--version-sort",
      "--check"
    ],
    longValued: ["--key", "--field-separator"],
    examples: {
      match: ["sort a", "sort -rn -k2,2 a", "sort -t, -k1 a"],
      notMatch: [
        "sort -o out a",
        "sort -ro out a",
        "sort --output=out a",
        "sort --out=x a",
        "sort --compress-program=./x a",
        "sort -T d a",
        "sort --files0-from=x"
      ]
    }
  },
  uniq: {
    short: "cdDiuz",
    valued: "fsw",
    long: ["--count", "--repeated", "--unique", "--ignore-case"],
    longValued: ["--skip-fields", "--skip-chars", "--check-chars"],
    operands: 1,
    examples: { match: ["sort a | uniq -c", "uniq a"], notMatch: ["uniq a out"] }
  },
  cut: {
    short: "nsz",
    valued: "bcdf",
    long: ["--complement", "--only-delimited"],
    longValued: ["--bytes", "--characters", "--fields", "--delimiter", "--output-delimiter"],
    examples: { match: ["cut -d: -f1 a", "cut -c 1-3 a"], notMatch: ["cut --x a"] }
  },
  tr: {
    short: "cCdst",
    long: ["--delete", "--squeeze-repeats", "--complement", "--truncate-set1"],
    operands: 2,
    paths: "none",
    examples: { match: ["cat a | tr a-z A-Z", "tr -d '\\n'"], notMatch: ["tr a b > f"] }
  },
  nl: {
    short: "p",
    valued: "bdfhilnsvw",
    examples: { match: ["nl -ba a"], notMatch: ["nl --x a"] }
  },
  paste: { short: "sz", valued: "d", examples: { match: ["paste -d, a b"], notMatch: ["paste --x"] } },
  rev: { examples: { match: ["rev a"], notMatch: ["rev --x"] } },
  tac: { short: "br", valued: "s", examples: { match: ["tac a"], notMatch: ["tac --x"] } },
  fold: { short: "bs", valued: "w", examples: { match: ["fold -w 80 a"], notMatch: ["fold --x"] } },
  column: { short: "txe", valued: "sco", examples: { match: ["column -t a"], notMatch: ["column --x"] } },
  comm: { short: "123z", operands: 2, examples: { match: ["comm -12 a b"], notMatch: ["comm --x a b"] } },
  basename: {
    short: "az",
    valued: "s",
    paths: "none",
    examples: { match: ["basename a/b.ts .ts"], notMatch: ["basename $X"] }
  },
  dirname: { short: "z", paths: "none", examples: { match: ["dirname a/b"], notMatch: ["dirname $X"] } },
  realpath: {
    short: "eEmLPqsz",
    longValued: ["--relative-to", "--relative-base"],
    examples: { match: ["realpath a"], notMatch: ["realpath --x a"] }
  },
  readlink: { short: "femnz", examples: { match: ["readlink -f a"], notMatch: ["readlink --x a"] } },
  diff: {
    short: "abBcdeEiNpqrstTuwyZ",
    valued: "CUWx",
    long: [
      "--brief",
      "--recursive",
      "--unified",
      "--side-by-side",
      "--ignore-all-space",
      "--ignore-blank-lines",
      "--new-file",
      "--report-identical-files"
    ],
    longValued: ["--exclude", "--width"],
    longMaybe: ["--color", "--unified", "--context"],
    operands: 2,
    examples: {
      match: ["diff -u a b", "diff -rq a b"],
      notMatch: ["diff --to-file=x a", "diff -l a b", "diff --paginate a b"]
    }
  },
  cmp: { short: "bls", valued: "in", examples: { match: ["cmp -s a b"], notMatch: ["cmp --x a b"] } },
  od: {
    short: "abcdfhiloxv",
    valued: "AjNt",
    examples: { match: ["od -c a", "od -A x -t x1z a"], notMatch: ["od --traditional a"] }
  },
  xxd: {
    short: "abeiEpu",
    valued: "cgls",
    operands: 1,
    examples: { match: ["xxd -l 16 a"], notMatch: ["xxd -r a b", "xxd a out"] }
  },
  base64: {
    short: "d",
    valued: "w",
    long: ["--decode"],
    longValued: ["--wrap"],
    operands: 1,
    examples: { match: ["base64 -d a", "base64 -w0 a"], notMatch: ["base64 -d a -o out", "base64 -d f --output=out"] }
  },
  jq: {
    short: "cCMnrjaseS",
    long: [
      "--compact-output",
      "--raw-output",
      "--slurp",
      "--null-input",
      "--exit-status",
      "--sort-keys",
      "--tab",
      "--join-output",
      "--raw-input"
    ],
    // `env`, `$ENV`, modules and other inputs read what no argument names.
    operand: /^(?!.*(\benv\b|ENV|\b(import|include|input_filename|input|inputs|get_search_list|debug|stderr)\b|\$__))/,
    paths: "butFirst",
    examples: {
      match: ["jq . a.json", "jq -r '.a.b' a.json"],
      notMatch: ["jq 'env' a", "jq '$ENV.X' a", "jq -f p a", "jq --rawfile x y . a"]
    }
  },
  md5sum: { ...digest, examples: { match: ["md5sum a"], notMatch: ["md5sum -c a"] } },
  sha1sum: { ...digest, examples: { match: ["sha1sum a"], notMatch: ["sha1sum --check a"] } },
  sha256sum: digest,
  cksum: { examples: { match: ["cksum a"], notMatch: ["cksum --x a"] } }
}

const show = {
  short: "pPuswbzmMRC",
  valued: "nUSGLl",
  count: true,
  long: [
    "--oneline",
    "--stat",
    "--numstat",
    "--shortstat",
    "--summary",
    "--name-only",
    "--name-status",
    "--patch",
    "--no-patch",
    "--graph",
    "--all",
    "--branches",
    "--tags",
    "--remotes",
    "--merges",
    "--no-merges",
    "--first-parent",
    "--reverse",
    "--follow",
    "--cached",
    "--staged",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--word-diff",
    "--ignore-all-space",
    "--ignore-space-change",
    "--ignore-blank-lines",
    "--minimal",
    "--patience",
    "--histogram",
    "--check",
    "--quiet",
    "--exit-code",
    "--full-index",
    "--abbrev-commit",
    "--no-abbrev-commit",
    "--raw",
    "--binary",
    "--text",
    "--merge-base",
    "--date-order",
    "--topo-order",
    "--relative-date",
    "--no-decorate",
    "--function-context",
    "--patch-with-stat",
    "--pickaxe-regex",
    "--pickaxe-all",
    "--regexp-ignore-case",
    "--extended-regexp",
    "--fixed-strings",
    "--cherry-pick",
    "--left-right",
    "--source",
    "--cc"
  ],
  longValued: [
    "--since",
    "--until",
    "--after",
    "--before",
    "--author",
    "--committer",
    "--grep",
    "--max-count",
    "--skip"
  ],
  longMaybe: [
    "--pretty",
    "--format",
    "--date",
    "--color",
    "--decorate",
    "--stat",
    "--unified",
    "--diff-filter",
    "--word-diff",
    "--find-renames",
    "--find-copies",
    "--abbrev",
    "--relative",
    "--diff-algorithm"
  ]
} satisfies Omit<Allowed, "examples">

/** Git's subcommands that only read, as they stand after `git` and at most `--no-pager` or `--no-optional-locks`. */
export const readOnlyGit: Readonly<Record<string, Allowed>> = {
  status: {
    short: "sbvuz",
    long: ["--short", "--branch", "--long", "--verbose", "--show-stash", "--no-renames", "--ahead-behind"],
    longMaybe: ["--porcelain", "--untracked-files", "--ignored", "--column"],
    examples: {
      match: ["git status", "git status -sb", "git --no-pager status"],
      notMatch: ["git -ccore.fsmonitor=./x status", "git -C x status"]
    }
  },
  diff: {
    ...show,
    examples: {
      match: ["git diff", "git diff --stat HEAD~1 -- src", "git diff --cached"],
      notMatch: [
        "git diff --output=x",
        "git diff --ext-diff",
        "git diff --textconv",
        "git diff --no-index a b",
        "git diff -Ox",
        "git --git-dir=/tmp/evil diff"
      ]
    }
  },
  log: {
    ...show,
    examples: {
      match: ["git log --oneline -5", "git log -n 3 --format='%h %s' -- src", "git log -p a"],
      notMatch: [
        "git -p log",
        "git log --ou=/tmp/x",
        "git log --output=x",
        "git -c core.pager=./x log",
        "git log --ext-diff"
      ]
    }
  },
  show: {
    ...show,
    examples: { match: ["git show HEAD:package.json", "git show --stat"], notMatch: ["git show --output=x"] }
  },
  branch: {
    short: "arv",
    long: ["--list", "--all", "--remotes", "--show-current", "--verbose", "--no-color", "--no-column"],
    longMaybe: ["--sort", "--format", "--color"],
    operands: 0,
    examples: {
      match: ["git branch", "git branch -a", "git branch --show-current", "git branch -vv"],
      notMatch: [
        "git branch x",
        "git branch -d x",
        "git branch --edit-description",
        "git branch -m a b",
        "git branch -f x"
      ]
    }
  },
  tag: {
    short: "l",
    long: ["--list"],
    longMaybe: ["--sort", "--format"],
    operands: 0,
    examples: { match: ["git tag", "git tag --list"], notMatch: ["git tag v1", "git tag -d v1"] }
  },
  remote: {
    short: "v",
    long: ["--verbose"],
    operands: 0,
    examples: { match: ["git remote -v"], notMatch: ["git remote add x y", "git remote update"] }
  },
  "rev-parse": {
    long: [
      "--show-toplevel",
      "--show-prefix",
      "--show-cdup",
      "--git-dir",
      "--is-inside-work-tree",
      "--abbrev-ref",
      "--verify",
      "--quiet",
      "--symbolic-full-name"
    ],
    longMaybe: ["--short", "--abbrev-ref"],
    examples: {
      match: ["git rev-parse HEAD", "git rev-parse --abbrev-ref HEAD"],
      notMatch: ["git rev-parse --parseopt"]
    }
  },
  "ls-files": {
    short: "cdmosktuz",
    valued: "x",
    long: [
      "--cached",
      "--deleted",
      "--modified",
      "--others",
      "--stage",
      "--exclude-standard",
      "--unmerged",
      "--full-name"
    ],
    longValued: ["--exclude"],
    examples: { match: ["git ls-files", "git ls-files -o --exclude-standard"], notMatch: ["git ls-files -X f"] }
  },
  "ls-tree": {
    short: "drtlz",
    long: ["--name-only", "--name-status", "--full-tree", "--long"],
    examples: { match: ["git ls-tree -r HEAD --name-only"], notMatch: ["git ls-tree --x"] }
  },
  blame: {
    short: "lsetwbfn",
    valued: "L",
    long: ["--line-porcelain", "--porcelain", "--show-email", "--show-name"],
    longMaybe: ["--date"],
    examples: { match: ["git blame -L 1,5 a"], notMatch: ["git blame --contents x a", "git blame -S x a"] }
  },
  describe: {
    long: ["--tags", "--all", "--always", "--dirty", "--long", "--exact-match"],
    longMaybe: ["--abbrev", "--match"],
    examples: { match: ["git describe --tags --always"], notMatch: ["git describe --x"] }
  },
  "merge-base": {
    short: "a",
    long: ["--all", "--is-ancestor"],
    examples: { match: ["git merge-base a b"], notMatch: ["git merge-base --x"] }
  },
  shortlog: { short: "snec", examples: { match: ["git shortlog -sn HEAD"], notMatch: ["git shortlog --output=x"] } },
  reflog: {
    ...show,
    operands: 0,
    examples: { match: ["git reflog"], notMatch: ["git reflog expire --all", "git reflog --output=x"] }
  },
  "rev-list": {
    ...show,
    long: [...show.long, "--count"],
    examples: { match: ["git rev-list --count HEAD"], notMatch: ["git rev-list --output=x"] }
  },
  "cat-file": {
    short: "tspe",
    examples: {
      match: ["git cat-file -p HEAD"],
      notMatch: ["git cat-file --textconv HEAD:a", "git cat-file --filters HEAD:a"]
    }
  },
  grep: {
    short: "nilLcwhHEFGPIvqor",
    valued: "eABC",
    long: [
      "--count",
      "--cached",
      "--untracked",
      "--name-only",
      "--line-number",
      "--ignore-case",
      "--word-regexp",
      "--fixed-strings"
    ],
    count: true,
    examples: {
      match: ["git grep -n foo -- src"],
      notMatch: [
        "git grep -O./x foo",
        "git grep --open-files-in-pager=x foo",
        "git grep -f p",
        "git grep --no-index x /etc"
      ]
    }
  }
}

/** Tests and actions of `find` with how many words follow each; none of them runs, deletes or writes. */
export const findExpressions: Readonly<Record<string, number>> = {
  "-name": 1,
  "-iname": 1,
  "-path": 1,
  "-ipath": 1,
  "-wholename": 1,
  "-iwholename": 1,
  "-regex": 1,
  "-iregex": 1,
  "-regextype": 1,
  "-type": 1,
  "-xtype": 1,
  "-maxdepth": 1,
  "-mindepth": 1,
  "-size": 1,
  "-mtime": 1,
  "-mmin": 1,
  "-atime": 1,
  "-ctime": 1,
  "-perm": 1,
  "-user": 1,
  "-group": 1,
  "-links": 1,
  "-printf": 1,
  "-empty": 0,
  "-print": 0,
  "-print0": 0,
  "-ls": 0,
  "-prune": 0,
  "-quit": 0,
  "-depth": 0,
  "-xdev": 0,
  "-mount": 0,
  "-readable": 0,
  "-writable": 0,
  "-executable": 0,
  "-true": 0,
  "-false": 0,
  "-not": 0,
  "-and": 0,
  "-or": 0,
  "-a": 0,
  "-o": 0,
  "!": 0,
  "(": 0,
  ")": 0
}
