"""Small talk gets a fixed sentence; another language is told from English with slips."""

import pytest

from assistant import phrases
from assistant.small_talk import is_foreign, small_talk

SAID = {
    phrases.GREETING: ("hello", "Hi there!", "heyyy", "good morning", "hiya", "anyone there?"),
    phrases.THANKS: ("thanks", "thank you so much", "thx", "cheers mate", "ty", "that was helpful"),
    phrases.GOODBYE: ("bye", "goodbye", "see you later", "good night", "that's all", "thanks, bye"),
    phrases.IDENTITY: (
        "who are you", "are you a robot", "is this a human?", "what can you do", "are u real",
        "am I talking to a person", "what is your name", "is this AI", "hi, are you a bot?",
    ),
    phrases.SORRY: ("that's wrong", "useless", "not what I asked", "this is no help at all"),
    phrases.UNCLEAR: ("who's right", "what else is there", "tell me which"),
    phrases.REACTION: ("ok", "great", "nice one", "I see", "lol", "wow", "fine"),
    phrases.LEFT_ALONE: ("stop telling me to book", "I don't want an appointment", "quit selling"),
}  # fmt: skip

FOREIGN = {
    "Spanish by its marks": ("¿y para principiantes?", "¡perfecto!"),
    "Spanish": (
        "¿Cuánto dura una sesión de masaje en la espalda?",
        "como hago un masaje de espalda",
        "qué aceite uso para el masaje",
        "puedo hacer masaje en las vértebras",
    ),
    "French": (
        "je peux appuyer sur la colonne",
        "quelle huile pour le massage",
        "combien de temps pour le dos",
        "comment je masse mon dos",
    ),
    "German": (
        "Wie lange dauert eine Rückenmassage?",
        "darf ich auf die Wirbelsäule drücken",
        "welches Öl soll ich nehmen",
        "wie knete ich die Schultern",
    ),
    "Portuguese": (
        "Quanto tempo dura uma massagem nas costas?",
        "como faço uma massagem nas costas",
        "que óleo devo usar para a massagem",
        "posso fazer massagem com óleo",
    ),
    "Chinese": ("背部按摩应该多长时间", "我可以按脊椎吗", "用什么油"),
    "other scripts": (
        "背中のマッサージはどのくらい",
        "Сколько длится массаж спины",
        "كم تستغرق جلسة التدليك",
        "등 마사지는 얼마나",
    ),
}

# As people type in a hurry, and words that other languages have as well.
ENGLISH = """
how long shud a sesion be
can i pres on the spin
wht oil do i ned
hw do i kneed
is it ok ovr a bruse
wat musik shuld i play
do i ned to be strog
can i do my own bak
how do i finsh
how mny mins for a beginer
effluerage how
petrisage steps
circuler friction were do thums go
lowr bak presure
tel me abut the sholders
masage tabel or bed
best way 2 end
hlp my nek is stif
wen do i stop
how hrd do i pus
me back hurts
mon is good for booking
die hard knots in my back
can a man do it
les is more pressure
sur is that safe
dos and donts of massage
do as i say
per session how long
est time for a massage
ein moment pls
a la carte massage
pour the oil on the dos and donts
o man my back
Call me as soon as possible
Tell me as much as possible
Couples may come as well?
um, show me as many as you know
legs feel as weak as jelly
as per the guide
me n my mate
shiatsu
naïve question, how long
""".strip().splitlines()


@pytest.mark.parametrize(("told", "said"), [(t, s) for t, all_ in SAID.items() for s in all_])
def test_small_talk_gets_its_sentence(told, said):
    assert small_talk(said) == told


@pytest.mark.parametrize("message", [m for messages in FOREIGN.values() for m in messages])
def test_another_language_is_noticed(message):
    assert is_foreign(message)


@pytest.mark.parametrize("message", ENGLISH)
def test_misspelt_english_stays_english(message):
    assert not is_foreign(message)


@pytest.mark.parametrize("message", ["", "?!", "30", "🙂🙂", "...", "20 x 30"])
def test_no_words_are_no_other_language(message):
    assert not is_foreign(message)
