/** @file A report as data: sections of tables and plots, which whoever shows it draws. */

/** A cell: text, or a figure with its 95% interval where it has one. */
export type Cell = string | { readonly value: number; readonly low?: number; readonly high?: number }

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/** Lines over named places, each point with its interval. */
export interface Plot {
  readonly title: string
  readonly places: readonly string[]
  readonly series: readonly {
    readonly name: string
    readonly points: readonly ({ readonly value: number; readonly low?: number; readonly high?: number } | null)[]
  }[]
  /** A value to compare with. */
  readonly line?: number
}

export interface Section {
  readonly title: string
  /** Where its figures come from: labelers by default, rules that check answers, or likelihoods, which nobody judges. */
  readonly by?: 'labelers' | 'rules' | 'likelihood'
  /** What was done, paragraph by paragraph. */
  readonly text: readonly string[]
  readonly plot?: Plot
  readonly table?: Table
}

export interface Report {
  readonly title: string
  /** Whose judgements it holds; shown with every table, so that none is mistaken for people's. */
  readonly judges: 'simulated' | 'people'
  readonly made: string
  readonly sections: readonly Section[]
}
