/** @file Common English words of up to eight letters: what written pictures say. */

/** The words, without repetition. */
export const commonWords: readonly string[] = [
  ...new Set(
    `a I you he she it we they me him her us them my your his its our their this that these those who what where when why how which
    am is are was were be have has had do does did can will would could should may must go goes went come came get got give gave make made
    take took see saw look say said tell told know knew think want need like love hate hope feel felt hear heard read write wrote draw sing
    sang play run ran walk jump swim fly flew climb fall fell sit sat stand sleep wake eat ate drink cook bake cut wash clean open close
    push pull carry bring put hold drop throw catch kick hit find found lose lost win buy sell pay help show teach learn ask answer call
    talk speak listen wait stop start begin end finish try use work rest live die grow change move turn stay leave meet follow lead send
    build break fix fill pour mix burn melt freeze shine blow rain snow laugh cry smile shout count add share keep save hide seek
    one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand first second third last next
    red orange yellow green blue purple pink brown black white grey gold silver dark light bright pale colour
    big small large little tall short long high low wide narrow thick thin deep heavy full empty fast slow quick early late new old young
    good bad best worst better nice kind happy sad angry afraid brave tired hungry thirsty sick well hot cold warm cool wet dry soft hard
    loud quiet clean dirty easy rich poor strong weak right wrong true false same other open shut alive dead sweet sour salty bitter fresh
    up down left here there in out on off over under above below near far behind front between inside outside top bottom middle side back
    before after now then today soon always never often again once still yet already later
    morning noon evening night day week month year hour minute monday tuesday friday saturday sunday spring summer autumn winter
    january march april may june july august october
    man woman boy girl baby child friend mother father sister brother aunt uncle cousin family people person king queen prince doctor
    nurse teacher farmer baker cook driver pilot sailor soldier police artist singer dancer writer player
    head face hair eye ear nose mouth tooth tongue neck arm hand finger leg foot toe knee back heart bone skin blood
    dog cat cow pig horse sheep goat rabbit mouse rat bird duck hen goose fish frog snake lion tiger bear wolf fox deer monkey elephant
    camel whale shark bee ant fly spider worm snail turtle owl eagle zebra panda
    tree flower leaf grass seed root wood forest field farm garden hill mountain river lake sea ocean beach island desert sand stone rock
    sky sun moon star cloud wind storm fire water ice air earth world smoke dust
    house home room door window wall floor roof kitchen bed table chair lamp clock mirror box bag bottle cup plate bowl spoon fork knife
    pan pot stove soap towel brush comb key lock bell book page paper pen pencil letter word name story song picture map
    school class lesson test city town village street road bridge park shop market bank church tower castle station hotel office
    car bus train plane boat ship bike truck wheel engine ticket trip
    bread butter cheese milk egg meat rice soup salt sugar honey cake apple pear plum lemon banana grape cherry melon tomato potato onion
    carrot bean corn tea coffee juice wine food meal lunch dinner
    hat coat shirt dress skirt shoe boot sock glove scarf belt ring button pocket
    ball game toy doll kite drum guitar piano music dance film radio phone camera computer robot
    yes no not and or but if so because with without for from to of at by about very too more less most many much few some any all
    every each none only just also maybe please thanks sorry hello welcome north south east west circle square triangle line point
    number letter sound voice noise color shape size weight price money coin gift party birthday
    health truth peace war law rule plan idea mind dream luck fear joy pain life death time place thing part kind way`
      .split(/\s+/)
      .filter((word) => word.length > 0 && word.length <= 8),
  ),
]

/** Numbers as digits: 0 to 99, hundreds, and a few years. */
export const digitWords: readonly string[] = [
  ...Array.from({ length: 100 }, (_, n) => String(n)),
  ...Array.from({ length: 10 }, (_, n) => String((n + 1) * 100)),
  ...['1492', '1789', '1815', '1903', '1945', '1969', '1989', '1999', '2001', '2010', '2024', '2025'],
]
