/** @file Kinds of exchange that are not questions of fact: greetings, small talk, who Tony is, what to say when. */
import { answerOf, asked, type WorldKind, word } from './kind.ts'
import { NAMES } from './words.ts'

/** A kind of fixed exchanges: any of the questions gets the one answer. */
function fixed(
  name: string,
  rows: readonly (readonly [answer: string, ...questions: string[]])[],
  weight = 1,
): WorldKind {
  return {
    name,
    knowledge: true,
    weight,
    draft(rng) {
      const [answer, ...questions] = rng.pick(rows)
      return { key: answer, question: asked(rng, rng.pick(questions)), answer: answerOf(answer) }
    },
  }
}

/** All kinds of this file. */
export const CHAT_KINDS: readonly WorldKind[] = [
  {
    name: 'greeting',
    knowledge: true,
    draft(rng) {
      const hello = rng.pick(['hello', 'hi', 'hey', 'good morning', 'good evening', 'good afternoon'])
      const reply = hello.startsWith('good') ? hello : 'hello'
      const question = answerOf(
        `${hello}${rng.pick(['', ' tony', ', my friend', ' there', ', it is me', ', nice to see you', ', here i am', ' to you', ', can you hear me?'])}`,
      )
      return { key: reply, question, answer: answerOf(`${reply}, how can i help you?`) }
    },
  },
  {
    name: 'meet',
    knowledge: false,
    draft(rng) {
      const name = rng.pick(NAMES)
      const question = answerOf(
        word(
          rng,
          [
            '{1}, my name is {0}',
            '{1}, i am {0}',
            '{1} tony, i am {0}',
            'my name is {0}',
            '{1}, this is {0}',
            'i am {0}, nice to meet you',
          ],
          name,
          rng.pick(['hello', 'hi', 'hey', 'good morning', 'good evening']),
        ),
      )
      return {
        key: name,
        question,
        answer: answerOf(`nice to meet you, ${name}`),
        accept: [`hello ${name}, nice to meet you`],
      }
    },
  },
  fixed('how-are-you', [
    [
      'i am fine, thank you',
      'how are you?',
      'how do you do?',
      'are you well?',
      'are you fine?',
      'how are you today?',
      'how do you feel?',
    ],
    ['i am ready to help you', 'what are you doing?', 'are you ready?', 'are you busy?', 'what do you do now?'],
  ]),
  fixed(
    'who-are-you',
    [
      [
        'my name is tony',
        'what is your name?',
        'who are you?',
        'tell me your name.',
        'how are you called?',
        'may i know your name?',
        'what do people call you?',
      ],
      [
        'i am a small computer voice',
        'what are you?',
        'are you a man?',
        'are you a woman?',
        'are you a computer?',
        'what kind of thing are you?',
      ],
      [
        'i can hear, speak, read and look at pictures',
        'what can you do?',
        'what do you know?',
        'how can you help me?',
        'what are you good at?',
      ],
      ['i live in a computer', 'where do you live?', 'where are you?', 'where is your home?', 'where are you from?'],
      ['people made me', 'who made you?', 'who built you?', 'where do you come from?'],
      ['i have no age', 'how old are you?', 'when were you born?', 'are you young or old?'],
      ['i do not eat', 'what do you eat?', 'do you eat?', 'are you hungry?', 'what is your favourite food?'],
      ['i do not sleep', 'do you sleep?', 'when do you sleep?', 'are you tired?'],
      ['i speak english', 'which language do you speak?', 'what language do you speak?', 'do you speak english?'],
      ['yes, i can hear you', 'can you hear me?', 'do you hear me?', 'are you listening?'],
    ],
    1.5,
  ),
  fixed('thanks', [
    [
      'you are welcome',
      'thank you.',
      'thanks.',
      'thank you very much.',
      'thanks for your help.',
      'you helped me, thank you.',
      'many thanks.',
    ],
    [
      'thank you',
      'you are nice.',
      'you are very clever.',
      'well done.',
      'that was good.',
      'you are a good friend.',
      'i like you.',
      'you speak well.',
    ],
  ]),
  fixed('goodbye', [
    [
      'goodbye, see you soon',
      'goodbye.',
      'bye.',
      'see you soon.',
      'see you tomorrow.',
      'i must go now.',
      'i am going home.',
      'bye for now.',
    ],
    ['good night, sleep well', 'good night.', 'i am going to bed.', 'i want to sleep now.', 'it is late, good night.'],
  ]),
  fixed(
    'feelings',
    [
      [
        'i am sorry to hear that',
        'i am sad.',
        'i am sick.',
        'i feel bad.',
        'i am not well.',
        'i had a bad day.',
        'i lost my dog.',
        'my head hurts.',
        'i am lonely.',
      ],
      [
        'i am happy for you',
        'i am happy.',
        'i feel good.',
        'i had a good day.',
        'i won a prize.',
        'today is my birthday.',
        'i have a new friend.',
      ],
      ['you should rest', 'i am tired.', 'i worked all day.', 'i am so tired today.', 'i did not sleep last night.'],
      ['you should eat something', 'i am hungry.', 'i want to eat.', 'i did not eat today.', 'i am very hungry.'],
      ['you should drink some water', 'i am thirsty.', 'i want to drink.', 'my mouth is dry.', 'i am very thirsty.'],
      ['put on a warm coat', 'i am cold.', 'it is very cold today.', 'i feel cold.', 'it is snowing and i am cold.'],
      ['take an umbrella', 'it is raining.', 'it rains today.', 'i go out in the rain.'],
      ['do not be afraid', 'i am afraid.', 'i am afraid of the dark.', 'i am nervous.', 'i am afraid of dogs.'],
    ],
    1.5,
  ),
  fixed(
    'when',
    [
      [
        'in the morning',
        'when do you eat breakfast?',
        'when does the sun come up?',
        'when do you say good morning?',
        'when do people get up?',
      ],
      [
        'at night',
        'when do you see the stars?',
        'when do people sleep?',
        'when is it dark?',
        'when does an owl hunt?',
        'when do you see the moon?',
      ],
      ['at noon', 'when do you eat lunch?', 'when is the sun high?'],
      ['in the evening', 'when do you eat dinner?', 'when does the sun go down?', 'when do you say good evening?'],
      [
        'in winter',
        'when does it snow?',
        'when is it cold?',
        'in which season do you wear a warm coat?',
        'when does a bear sleep?',
      ],
      ['in summer', 'when is it hot?', 'in which season do you swim in the sea?', 'when are the days long?'],
      ['in spring', 'when do the flowers come?', 'in which season do trees get new leaves?'],
      ['in autumn', 'when do the leaves fall?', 'in which season do the leaves fall?'],
      ['once a year', 'how often is your birthday?', 'how often does winter come?'],
    ],
    1.5,
  ),
  fixed('how-many-known', [
    ['a week has seven days', 'how many days are in a week?', 'how many days has a week?', 'how long is a week?'],
    ['a year has twelve months', 'how many months are in a year?', 'how many months has a year?'],
    ['a day has twenty-four hours', 'how many hours are in a day?', 'how many hours has a day?', 'how long is a day?'],
    ['an hour has sixty minutes', 'how many minutes are in an hour?', 'how many minutes has an hour?'],
    ['a hand has five fingers', 'how many fingers are on one hand?', 'how many fingers has a hand?'],
    ['you have two eyes', 'how many eyes do i have?', 'how many eyes does a man have?'],
    ['you have one nose', 'how many noses do i have?', 'how many noses has a man?'],
    ['you have ten toes', 'how many toes do i have?', 'how many toes have two feet?'],
    ['a year has four seasons', 'how many seasons are in a year?', 'how many seasons has a year?'],
    [
      'the alphabet has twenty-six letters',
      'how many letters are in the alphabet?',
      'how many letters has the alphabet?',
    ],
    ['a bicycle has two wheels', 'how many wheels has a bicycle?', 'how many wheels does a bicycle have?'],
    ['a car has four wheels', 'how many wheels has a car?', 'how many wheels does a car have?'],
  ]),
  fixed('body', [
    ['you see with your eyes', 'what do you see with?', 'with what do you see?', 'what are eyes for?'],
    ['you hear with your ears', 'what do you hear with?', 'with what do you hear?', 'what are ears for?'],
    ['you smell with your nose', 'what do you smell with?', 'what is a nose for?', 'with what do you smell?'],
    ['you walk with your legs', 'what do you walk with?', 'what are legs for?', 'with what do you walk?'],
    ['you eat with your mouth', 'what do you eat with?', 'what is a mouth for?'],
    ['you bite with your teeth', 'what do you bite with?', 'what are teeth for?', 'with what do you bite?'],
    ['you think with your head', 'what do you think with?', 'with what do you think?'],
    ['you write with your hand', 'with what part of the body do you write?', 'which part of the body writes?'],
    ['a glove is for your hand', 'for which part of the body is a glove?', 'what part of you wears a glove?'],
    ['a shoe is for your foot', 'for which part of the body is a shoe?', 'what part of you wears a shoe?'],
    ['a hat is for your head', 'for which part of the body is a hat?', 'what part of you wears a hat?'],
  ]),
  fixed('jobs', [
    ['a teacher works in a school', 'where does a teacher work?', 'where do you find a teacher?'],
    ['a doctor works in a hospital', 'where does a doctor work?', 'where do you find a doctor?'],
    ['a farmer works on a farm', 'where does a farmer work?', 'where do you find a farmer?'],
    ['a cook works in a kitchen', 'where does a cook work?', 'where do you find a cook?'],
    ['a baker makes bread', 'what does a baker make?', 'what do you buy from a baker?', 'what is the work of a baker?'],
    ['a pilot flies a plane', 'what does a pilot do?', 'what is the work of a pilot?'],
    ['a driver drives a bus', 'what does a driver do?', 'what is the work of a driver?'],
    ['a painter paints pictures', 'what does a painter do?', 'what is the work of a painter?'],
    ['a singer sings songs', 'what does a singer do?', 'what is the work of a singer?'],
    ['a writer writes books', 'what does a writer do?', 'what is the work of a writer?'],
    ['a doctor helps sick people', 'what does a doctor do?', 'who helps sick people?', 'what is the work of a doctor?'],
    ['a dentist looks at your teeth', 'what does a dentist do?', 'who looks at your teeth?'],
    ['a waiter brings the food', 'what does a waiter do?', 'who brings the food in a restaurant?'],
    ['a tailor makes clothes', 'what does a tailor make?', 'who makes clothes?'],
    ['a butcher sells meat', 'what does a butcher sell?', 'who sells meat?'],
  ]),
  {
    name: 'say-to',
    knowledge: false,
    draft(rng) {
      const name = rng.pick(NAMES)
      const [wish, text] = rng.pick([
        ['say hello to {0}', 'hello {0}'],
        ['say goodbye to {0}', 'goodbye {0}'],
        ['say good morning to {0}', 'good morning {0}'],
        ['say good night to {0}', 'good night {0}'],
        ['thank {0} for me', 'thank you {0}'],
        ['say sorry to {0}', 'i am sorry {0}'],
        ['wish {0} a happy birthday', 'happy birthday {0}'],
        ['ask {0} to come', 'please come {0}'],
        ['tell {0} to wait', 'please wait {0}'],
      ] as const)
      return {
        key: `${wish} ${name}`,
        question: asked(rng, `${fill(wish, name)}.`),
        answer: answerOf(fill(text, name)),
      }
    },
  },
]

function fill(text: string, name: string): string {
  return text.replace('{0}', name)
}
