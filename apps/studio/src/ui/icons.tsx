/** @file Icons: 20 by 20, drawn with the text's colour. */
import type { JSX } from 'preact'

const paths = {
  plus: 'M10 4v12M4 10h12',
  send: 'M10 16V4.5M5 9l5-5 5 5',
  stop: 'M6 6h8v8H6z',
  mic: 'M10 3a2.5 2.5 0 0 0-2.5 2.5v4a2.5 2.5 0 0 0 5 0v-4A2.5 2.5 0 0 0 10 3zM4.8 9.5a5.2 5.2 0 0 0 10.4 0M10 14.7V17.5',
  micOff:
    'M12.5 8.5v-3a2.5 2.5 0 0 0-4.8-1M7.5 7.5v2a2.5 2.5 0 0 0 3.6 2.2M4.8 9.5a5.2 5.2 0 0 0 8.1 4.3M15.2 9.5a5 5 0 0 1-.5 2.2M10 14.7V17.5M3 3l14 14',
  live: 'M3 8.5v3M6.5 6v8M10 3v14M13.5 6v8M17 8.5v3',
  attach: 'M15.5 9.2l-5.6 5.6a3.4 3.4 0 0 1-4.8-4.8l6-6a2.3 2.3 0 0 1 3.2 3.2l-5.9 5.9a1.1 1.1 0 0 1-1.6-1.6l5.3-5.3',
  play: 'M7 4.6v10.8l8.5-5.4z',
  pause: 'M7 5v10M13 5v10',
  close: 'M5 5l10 10M15 5L5 15',
  menu: 'M3.5 6h13M3.5 10h13M3.5 14h13',
  settings:
    'M3.5 6.5h7M14.5 6.5h2M3.5 13.5h2M9.5 13.5h7M10.5 6.5a2 2 0 1 0 4 0 2 2 0 0 0-4 0zM5.5 13.5a2 2 0 1 0 4 0 2 2 0 0 0-4 0z',
  help: 'M7.5 7.5a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.9-1.1 1.8M10 14.4v.1M17.5 10a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0z',
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
  moon: 'M16.5 11.6A6.8 6.8 0 0 1 8.4 3.5a6.8 6.8 0 1 0 8.1 8.1z',
  rename: 'M4 16l.6-3L13 4.6a1.4 1.4 0 0 1 2 0l.4.4a1.4 1.4 0 0 1 0 2L7 15.4z',
  trash: 'M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.6l.7-10M8.5 9v4M11.5 9v4',
  download: 'M10 3.5v9M6 9l4 4 4-4M4 16.5h12',
  copy: 'M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  retry: 'M15.8 8A6.2 6.2 0 1 0 16 11.5M16 4v4h-4',
  down: 'M10 4v12M5 11l5 5 5-5',
  film: 'M3.5 5h13v10h-13zM7 5v10M13 5v10M3.5 8.3H7M3.5 11.7H7M13 8.3h3.5M13 11.7h3.5',
  speaker: 'M4 8v4h2.5L10 15V5L6.5 8zM12.8 7.5a3.6 3.6 0 0 1 0 5M14.8 5.5a6.4 6.4 0 0 1 0 9',
  lines: 'M4 6h12M4 10h12M4 14h7',
  rank: 'M3.5 16.5h4v-5h-4zM8 16.5h4v-12H8zM12.5 16.5h4v-8h-4z',
} as const

/** Names of the icons. */
export type IconName = keyof typeof paths

/** An icon; the button around it says what it means. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 20 20" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

/** Tony's sign: a T that is also five bars of sound. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 20" aria-hidden="true">
      <rect x="0" y="1" width="3.2" height="5" rx="1.6" />
      <rect x="5.2" y="1" width="3.2" height="8.5" rx="1.6" />
      <rect x="10.4" y="1" width="3.2" height="18" rx="1.6" />
      <rect x="15.6" y="1" width="3.2" height="8.5" rx="1.6" />
      <rect x="20.8" y="1" width="3.2" height="5" rx="1.6" />
    </svg>
  )
}

/** A button that shows only an icon; its name is read out and shown as a tooltip. */
export function IconButton(
  props: { readonly icon: IconName; readonly label: string } & Omit<JSX.IntrinsicElements['button'], 'icon' | 'label'>,
): JSX.Element {
  const { icon, label, class: extra, ...rest } = props
  return (
    <button type="button" aria-label={label} title={label} {...rest} class={`icon-button ${extra ?? ''}`}>
      <Icon name={icon} />
    </button>
  )
}
