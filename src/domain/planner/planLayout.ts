/** Where a plan's steps and the lines between them stand when they are drawn: a column for each layer, from left to right. */
import type { GraphNode, PlanGraph } from "./planGraph.ts"

/** The size of a step's box, in pixels. */
export const box = { width: 270, height: 84 }

const gap = { column: 64, row: 22 }
const margin = 24
/** Room for the goal above all. */
const head = 40
/** What a line takes up that passes a column. */
const lane = 10

/** A place on the drawing. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Where everything stands; no two boxes overlap, and a line passes a column between its boxes. */
export interface PlanLayout {
  readonly width: number
  readonly height: number
  readonly boxes: ReadonlyArray<Point & { readonly node: GraphNode }>
  /** From the right side of a box to the left side of another one: pairs of points, a curve within each gap of columns. */
  readonly lines: ReadonlyArray<ReadonlyArray<Point>>
}

/** What takes room in a column: a step, or a line on its way past it. */
interface Item {
  readonly node?: GraphNode
  readonly layer: number
  readonly height: number
  readonly before: Array<Item>
  x: number
  y: number
  index: number
}

const itemOf = (layer: number, index: number, node?: GraphNode): Item => ({
  ...(node === undefined ? { height: lane } : { node, height: box.height }),
  layer,
  before: [],
  x: 0,
  y: 0,
  index
})

/** The items that an edge goes through, its ends among them; past each column between them there is one. */
const wayOf = (columns: ReadonlyArray<Array<Item>>, from: Item, to: Item): ReadonlyArray<Item> => {
  const passed = columns.slice(from.layer + 1, to.layer).map((column, index) => {
    const item = itemOf(from.layer + 1 + index, column.length)
    column.push(item)
    return item
  })
  const way = [from, ...passed, to]
  for (const [index, item] of way.slice(1).entries()) item.before.push(...way.slice(index, index + 1))
  return way
}

const mean = (numbers: ReadonlyArray<number>, otherwise: number): number =>
  numbers.length === 0 ? otherwise : numbers.reduce((sum, one) => sum + one, 0) / numbers.length

/** Sorts each column by where the items stand that it follows, which keeps lines from crossing. */
const sort = (columns: ReadonlyArray<Array<Item>>): void => {
  for (const column of columns) {
    const pull = new Map(
      column.map((item) => [
        item,
        mean(
          item.before.map(({ index }) => index),
          item.index
        )
      ])
    )
    column.sort((a, b) => Number(pull.get(a)) - Number(pull.get(b)))
    for (const [index, item] of column.entries()) item.index = index
  }
}

const tall = (column: ReadonlyArray<Item>): number =>
  column.reduce((sum, { height }) => sum + height, 0) + gap.row * Math.max(0, column.length - 1)

/** Gives each item its place, every column centred; answers the height of the tallest. */
const place = (columns: ReadonlyArray<ReadonlyArray<Item>>): number => {
  const most = Math.max(0, ...columns.map(tall))
  for (const [layer, column] of columns.entries()) {
    let y = head + margin + (most - tall(column)) / 2
    for (const item of column) {
      item.x = margin + layer * (box.width + gap.column)
      item.y = y
      y += item.height + gap.row
    }
  }
  return most
}

const left = ({ height, x, y }: Item): Point => ({ x, y: y + height / 2 })
const right = ({ height, x, y }: Item): Point => ({ x: x + box.width, y: y + height / 2 })

/** Lays a graph out. */
export const layoutOf = ({ edges, layers }: PlanGraph): PlanLayout => {
  const columns = layers.map((nodes, layer): Array<Item> => nodes.map((node, index) => itemOf(layer, index, node)))
  const drawn = columns.flat()
  const ways = edges.flatMap(({ from, to }) => {
    const [first] = drawn.filter(({ node }) => node?.id === from)
    const [last] = drawn.filter(({ node }) => node?.id === to)
    return first === undefined || last === undefined ? [] : [wayOf(columns, first, last)]
  })
  sort(columns)
  const most = place(columns)
  return {
    width: 2 * margin + Math.max(1, columns.length) * (box.width + gap.column) - gap.column,
    height: 2 * margin + head + most,
    boxes: columns.flat().flatMap(({ node, x, y }) => (node === undefined ? [] : [{ node, x, y }])),
    lines: ways.map((way) =>
      way.slice(1).flatMap((item, index) => way.slice(index, index + 1).flatMap((from) => [right(from), left(item)]))
    )
  }
}
