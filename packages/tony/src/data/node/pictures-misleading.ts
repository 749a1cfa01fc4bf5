/** @file Clip art whose file name names a thing that it does not show, found by looking at all of it. */

/** File names, without folders. */
export const misleading: ReadonlySet<string> = new Set([
  // openclipart
  'duck_yellow_ii_kurt_cagl_.png', // "linked image not found"
  'clown_loach_01.png',
  'giraffe_cichlid_01.png',
  'dolphin_01.png',
  'a_teapot_01.png', // a kettle
  'wine.png',
  'wine_corks_ganson.png',
  'butter_01.png',
  'pear_jean-victor_balin_01r.png', // an apple
  'chicken_burger.png',
  'phone.png', // `phone` is a mobile phone
  'phone_sergio_luiz_araujo_01.png',
  'telephone_lutte_incendi_01.png',
  'telephone_sauvetage_yves_01.png',
  'beach_trip_ganson.png',
  'sun_flower_ganson.png',
  'heart-ballons_benji_park_01.png',
  'mountain_dulcimer_terry_.png',
  'trumpet_harmon_mute__ganson.png',
  'bucket_michael_moore_.png',
  'compass_01.png',
  'spider_sword_celso_junio_01.png',
  'sailboat_illustration_labels.png',
  'fire_engine_romus_01.png',
  'lorry_length.png', // road signs
  'tram.png',
  'airplane.png',
  'caterpillar.png', // a machine
  // tuxpaint-stamps
  'rainbow-lorikeet.png',
  'spider_fly.png',
  'wings.png',
  'pepper_grinder.png',
  'mouse.svg', // of a computer
  'phone.svg',
  'home_compost_bin.png',
  'lettuce_bolted.png',
  'ghost.png',
  'skull.png',
  'fireworks2.png',
  'watch_tower.png',
  'watch_tower.svg',
  'beetle.png', // a car
  'balloon360.png', // for flying
  'sedan_police.png', // decodes to fragments
])
