import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { conversations } from '../store/conversations.ts'
import { deleteConversation, downloadConversation, drawerOpen, openConversation } from '../talk/navigation.ts'
import { IconButton } from './icons.tsx'

/** The open conversation's name and what can be done with it. */
export function Header(): JSX.Element {
  const renaming = useSignal(false)
  const conversation = conversations.list.value.find(({ id }) => id === conversations.current.value)
  const title = conversation?.title ?? 'New conversation'
  useEffect(() => {
    document.title = conversation === undefined ? 'Tony' : `${title} · Tony`
    renaming.value = false
  }, [conversation?.id, title])
  return (
    <header class="header">
      <IconButton
        icon="menu"
        label="Conversations"
        class="only-phone"
        id="open-list"
        aria-expanded={drawerOpen.value}
        aria-controls="sidebar"
        onClick={() => (drawerOpen.value = true)}
      />
      {conversation !== undefined && renaming.value ? (
        <TitleForm
          title={title}
          onDone={(name) => {
            renaming.value = false
            if (name !== null) void conversations.rename(conversation.id, name)
          }}
        />
      ) : (
        <h1>{title}</h1>
      )}
      {conversation !== undefined && !renaming.value && (
        <div class="header-actions">
          <IconButton icon="rename" label="Rename this conversation" onClick={() => (renaming.value = true)} />
          <IconButton
            icon="download"
            label="Save this conversation as a file"
            onClick={() => void downloadConversation()}
          />
          <IconButton
            icon="trash"
            label="Delete this conversation"
            onClick={() => void deleteConversation(conversation.id)}
          />
          <IconButton
            icon="plus"
            label="New conversation"
            class="only-phone"
            onClick={() => void openConversation(null)}
          />
        </div>
      )}
    </header>
  )
}

function TitleForm({
  title,
  onDone,
}: {
  readonly title: string
  readonly onDone: (name: string | null) => void
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.select(), [])
  return (
    <form
      class="title-form"
      onSubmit={(event) => {
        event.preventDefault()
        onDone(input.current?.value ?? null)
      }}
    >
      <input
        ref={input}
        aria-label="Name of this conversation"
        defaultValue={title}
        maxLength={120}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone(null)
        }}
      />
      <IconButton icon="check" label="Save the name" type="submit" />
      <IconButton icon="close" label="Keep the old name" onClick={() => onDone(null)} />
    </form>
  )
}
