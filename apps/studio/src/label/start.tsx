/** @file Begins the labeling pages; loaded only where the address asks for them. */
import { render } from 'preact'
import '../styles/label.css'
import '../styles/label-work.css'
import '../styles/label-prompts.css'
import { followRoute } from './address.ts'
import { LabelApp } from './ui/label-app.tsx'

/** Shows the labeling pages. */
export function startLabeling(root: HTMLElement): void {
  document.title = 'Label · Tony'
  followRoute()
  render(<LabelApp />, root)
}
