import { InputError } from "../../base/errors.ts";

/** A name that a pickle asks for, such as "collections.OrderedDict": only the name, never the thing. */
export class PickleSymbol {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A Python tuple; a list is an Array, a dict a Map, None null. */
export class PickleTuple {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** What the names in a pickle mean. All that a pickle can bring about is what these three functions return. */
export interface PickleHost {
  /** Whether a name may be asked for at all. */
  isKnown(name: string): boolean;
  /** What calling the named function with these arguments is. */
  call(name: string, args: readonly unknown[]): unknown;
  /** What a persistent id stands for. */
  persistent(id: unknown): unknown;
}

/** Bounds on what one pickle may hold; a ResNet50 with its optimiser's state stays below a tenth of them. */
const most = { bytes: 16 * 2 ** 20, values: 500_000, containers: 250_000 };

/**
 * The value that a pickle of protocol 2 to 5 describes, and where the pickle ends.
 *
 * Nothing is imported and no code is run. Time and memory are bounded: one step for each byte at most, and a limited number
 * of values.
 * @throws InputError WEIGHTS_UNSAFE if it asks for a name that the host does not know, or for a way of making objects that
 * weights never need; WEIGHTS_DAMAGED if it is cut short, makes no sense or is too large.
 * @source CPython, Lib/pickletools.py (opcodes)
 */
export function readPickle(bytes: Uint8Array, start: number, host: PickleHost): { value: unknown; end: number } {
  const machine = new Machine(bytes.subarray(start, start + most.bytes), host);
  while (!machine.isStopped) {
    const code = machine.byte();
    const act = opcodes[code];
    if (act === undefined) throw refusedOpcode(code);
    act(machine);
  }
  return { value: machine.pop(), end: start + machine.at };
}

class Machine {
  at = 0;
  isStopped = false;
  readonly host: PickleHost;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #containers = 0;
  #kept = 0;

  constructor(bytes: Uint8Array, host: PickleHost) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.host = host;
  }

  /** Where the next so many bytes start; moves past them. */
  #take(count: number): number {
    const at = this.at;
    if (count > this.#bytes.length - at) throw damaged("it ends in the middle, or is too large");
    this.at += count;
    return at;
  }

  byte = (): number => this.#view.getUint8(this.#take(1));
  uint16 = (): number => this.#view.getUint16(this.#take(2), true);
  uint32 = (): number => this.#view.getUint32(this.#take(4), true);
  int32 = (): number => this.#view.getInt32(this.#take(4), true);
  float = (): number => this.#view.getFloat64(this.#take(8));

  /** A length of 8 bytes. */
  long(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  text(count: number): string {
    return new TextDecoder().decode(this.bytes(count));
  }

  line(): string {
    const end = this.#bytes.indexOf(10, this.at);
    if (end < 0) throw damaged("it ends in the middle");
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  /** A whole number of so many bytes, the lowest first; its sign is in the highest. */
  integer(count: number): number | bigint {
    if (count > 64) throw damaged(`it holds a number of ${count} bytes`);
    const digits = Buffer.from(this.bytes(count)).reverse().toString("hex");
    const signed = BigInt.asIntN(8 * count, BigInt(`0x0${digits}`));
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  push(value: unknown): void {
    if (this.#stack.length >= most.values) throw damaged("it holds too many values");
    this.#stack.push(value);
  }

  pop(): unknown {
    const lowest = this.#marks.at(-1) ?? 0;
    if (this.#stack.length <= lowest) throw damaged("it takes a value that is not there");
    return this.#stack.pop();
  }

  top(): unknown {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  mark(): void {
    if (this.#marks.length >= most.values) throw damaged("it is nested too deep");
    this.#marks.push(this.#stack.length);
  }

  popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw damaged("it takes values that are not there");
    return this.#stack.splice(mark);
  }

  popMany(count: number): unknown[] {
    const values = Array.from({ length: count }, () => this.pop());
    return values.reverse();
  }

  /** Counts a container before it is made. */
  made<T>(container: T): T {
    if (++this.#containers > most.containers) throw damaged("it holds too many lists and dictionaries");
    return container;
  }

  remember(key: number): void {
    if (this.#memo.size >= most.values) throw damaged("it remembers too many values");
    this.#memo.set(key, this.top());
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(key: number): void {
    if (!this.#memo.has(key)) throw damaged("it recalls a value that is not there");
    this.push(this.#memo.get(key));
  }

  /** Counts items before they are put into a list or dictionary. */
  kept(count: number): void {
    this.#kept += count;
    if (this.#kept > most.values) throw damaged("it holds too many values");
  }

  symbol(module: unknown, name: unknown): PickleSymbol {
    if (typeof module !== "string" || typeof name !== "string") throw damaged("it asks for something by no name");
    const full = `${module}.${name}`;
    if (this.host.isKnown(full)) return this.made(new PickleSymbol(full));
    throw unsafe(`it asks for ${JSON.stringify(full.slice(0, 100))}`);
  }
}

const code = (character: string) => character.charCodeAt(0);

/** What each opcode does. Those of the text protocols 0 and 1, and those that make objects of any class, are missing. */
const opcodes: Readonly<Record<number, (machine: Machine) => void>> = {
  128: (m) => {
    const protocol = m.byte();
    if (protocol < 2 || protocol > 5) throw damaged(`it is of protocol ${protocol}; 2 to 5 can be read`);
  },
  149: (m) => void m.long(), // FRAME
  [code(".")]: (m) => {
    m.isStopped = true;
  },
  [code("(")]: (m) => m.mark(),
  [code("0")]: (m) => void m.pop(),
  [code("1")]: (m) => void m.popToMark(),
  [code("2")]: (m) => m.push(m.top()),

  [code("N")]: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  [code("K")]: (m) => m.push(m.byte()),
  [code("M")]: (m) => m.push(m.uint16()),
  [code("J")]: (m) => m.push(m.int32()),
  138: (m) => m.push(m.integer(m.byte())),
  139: (m) => m.push(m.integer(m.uint32())),
  [code("G")]: (m) => m.push(m.float()),
  [code("X")]: (m) => m.push(m.text(m.uint32())),
  140: (m) => m.push(m.text(m.byte())),
  141: (m) => m.push(m.text(m.long())),
  [code("U")]: (m) => m.push(m.text(m.byte())), // a string of Python 2
  [code("T")]: (m) => m.push(m.text(m.uint32())),
  [code("C")]: (m) => m.push(m.bytes(m.byte())),
  [code("B")]: (m) => m.push(m.bytes(m.uint32())),
  142: (m) => m.push(m.bytes(m.long())),

  [code("]")]: (m) => m.push(m.made([])),
  [code("l")]: (m) => m.push(m.made(m.popToMark())),
  [code("a")]: (m) => append(m, m.popMany(1)),
  [code("e")]: (m) => append(m, m.popToMark()),
  [code("}")]: (m) => m.push(m.made(new Map())),
  [code("d")]: (m) => {
    const pairs = m.popToMark();
    m.push(m.made(new Map()));
    setPairs(m, pairs);
  },
  [code("s")]: (m) => setPairs(m, m.popMany(2)),
  [code("u")]: (m) => setPairs(m, m.popToMark()),
  [code(")")]: (m) => m.push(m.made(new PickleTuple([]))),
  [code("t")]: (m) => m.push(m.made(new PickleTuple(m.popToMark()))),
  133: (m) => m.push(m.made(new PickleTuple(m.popMany(1)))),
  134: (m) => m.push(m.made(new PickleTuple(m.popMany(2)))),
  135: (m) => m.push(m.made(new PickleTuple(m.popMany(3)))),
  143: (m) => m.push(m.made([])), // a set, which is only ever looked at as a list
  144: (m) => append(m, m.popToMark()),
  145: (m) => m.push(m.made(m.popToMark())),

  [code("h")]: (m) => m.recall(m.byte()),
  [code("j")]: (m) => m.recall(m.uint32()),
  [code("q")]: (m) => m.remember(m.byte()),
  [code("r")]: (m) => m.remember(m.uint32()),
  148: (m) => m.rememberNext(),

  [code("c")]: (m) => m.push(m.symbol(m.line(), m.line())),
  147: (m) => {
    const [module, name] = m.popMany(2);
    m.push(m.symbol(module, name));
  },
  [code("R")]: (m) => {
    const [callee, args] = m.popMany(2);
    if (!(callee instanceof PickleSymbol)) throw unsafe("it calls what is no function");
    if (!(args instanceof PickleTuple)) throw damaged("a call has no arguments");
    m.push(m.made(m.host.call(callee.name, args.items)));
  },
  [code("Q")]: (m) => m.push(m.made(m.host.persistent(m.pop()))),
  // An ordered dictionary's own attributes (PyTorch's _metadata): not needed, and nothing else may be changed this way.
  [code("b")]: (m) => {
    m.pop();
    if (!(m.top() instanceof Map)) throw unsafe("it changes the inside of an object");
  },
};

function append(machine: Machine, values: readonly unknown[]): void {
  const list = machine.top();
  if (!Array.isArray(list)) throw damaged("it appends to what is no list");
  machine.kept(values.length);
  for (const value of values) list.push(value);
}

function setPairs(machine: Machine, pairs: readonly unknown[]): void {
  const target = machine.top();
  if (!(target instanceof Map) || pairs.length % 2 === 1) throw damaged("it sets an item of what is no dictionary");
  machine.kept(pairs.length);
  // Of keys only numbers and text are looked at later; any other is kept by its identity.
  for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
}

function refusedOpcode(opcode: number): InputError {
  const name = makers[opcode];
  if (name !== undefined) return unsafe(`it makes objects by ${name}`);
  return damaged(`it holds the unknown step 0x${opcode.toString(16).padStart(2, "0")}`);
}

/** Opcodes that make objects of any class, or that look classes up in a registry. */
const makers: Readonly<Record<number, string>> = {
  [code("i")]: "INST",
  [code("o")]: "OBJ",
  129: "NEWOBJ",
  146: "NEWOBJ_EX",
  130: "EXT1",
  131: "EXT2",
  132: "EXT4",
  150: "BYTEARRAY8",
  151: "NEXT_BUFFER",
  152: "READONLY_BUFFER",
  [code("P")]: "PERSID",
};

function unsafe(what: string): InputError {
  return new InputError(
    "WEIGHTS_UNSAFE",
    `The weights' pickle was not read: ${what}, and only tensors, dictionaries, lists, numbers and text are read. It may be a whole model or an attack. From a source that you trust: load it in PyTorch and keep torch.save(model.state_dict(), "weights.pth").`,
  );
}

function damaged(what: string): InputError {
  return new InputError("WEIGHTS_DAMAGED", `The weights are no whole PyTorch file: ${what}. Get the file again.`);
}
