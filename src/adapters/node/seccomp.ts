/** The seccomp filter of sandboxed commands, as the bytes that bubblewrap hands to the kernel. */

const load = 0x20
const jumpIfEqual = 0x15
const jumpIfAtLeast = 0x35
const answer = 0x06

const allow = 0x7fff0000
const refuse = 0x00050001 // EPERM
const kill = 0x80000000

/** `struct seccomp_data`: where the call's number, the architecture and the first argument stand. */
const offset = { call: 0, arch: 4, argument: 16 }

interface Machine {
  readonly audit: number
  readonly socket: number
  /**
   * io_uring_setup, io_uring_enter, io_uring_register, ptrace, keyctl, add_key, request_key, process_vm_readv,
   * process_vm_writev, bpf, perf_event_open, userfaultfd
   */
  readonly refused: ReadonlyArray<number>
  /** Calls from this number on are of another ABI (x32) and would slip through. */
  readonly foreign?: number
}

/** Call numbers from the kernel's tables: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h. */
const machines: Readonly<Record<string, Machine>> = {
  x64: {
    audit: 0xc000003e,
    socket: 41,
    refused: [425, 426, 427, 101, 250, 248, 249, 310, 311, 321, 298, 323],
    foreign: 0x40000000
  },
  arm64: { audit: 0xc00000b7, socket: 198, refused: [425, 426, 427, 117, 219, 217, 218, 270, 271, 280, 241, 282] }
}

/** AF_INET, AF_INET6 and AF_NETLINK, which belong to a network namespace; AF_UNIX, AF_VSOCK and all others may lead to the host. */
const families = [2, 10, 16]

type Target = number | "refuse" | "allow"
interface Instruction {
  readonly code: number
  readonly yes: Target
  readonly no: Target
  readonly value: number
}

const step = (code: number, value: number, yes: Target = 0, no: Target = 0): Instruction => ({ code, yes, no, value })

const instructions = (machine: Machine): ReadonlyArray<Instruction> => [
  step(load, offset.arch),
  step(jumpIfEqual, machine.audit, 1, 0),
  step(answer, kill),
  step(load, offset.call),
  ...(machine.foreign === undefined ? [] : [step(jumpIfAtLeast, machine.foreign, "refuse", 0)]),
  ...machine.refused.map((call) => step(jumpIfEqual, call, "refuse", 0)),
  step(jumpIfEqual, machine.socket, 0, "allow"),
  step(load, offset.argument),
  ...families.map((family) => step(jumpIfEqual, family, "allow", 0)),
  step(answer, refuse),
  step(answer, allow)
]

/** The program (`struct sock_filter[]`, little endian) for a Node architecture name; nothing where it is not known. */
export const seccompProgram = (arch: string): Uint8Array | undefined => {
  const machine = machines[arch]
  if (machine === undefined) return undefined
  const program = instructions(machine)
  const bytes = new Uint8Array(program.length * 8)
  const view = new DataView(bytes.buffer)
  program.forEach((instruction, index) => {
    const jump = (to: Target): number =>
      to === "refuse" ? program.length - 2 - index - 1 : to === "allow" ? program.length - 1 - index - 1 : to
    view.setUint16(index * 8, instruction.code, true)
    view.setUint8(index * 8 + 2, jump(instruction.yes))
    view.setUint8(index * 8 + 3, jump(instruction.no))
    view.setUint32(index * 8 + 4, instruction.value, true)
  })
  return bytes
}
