"""The red flags in Spanish, French, German, Portuguese and Chinese: said they stop, denied not."""

from __future__ import annotations

import pytest

from assistant.triage import Triage
from corpus.safety import load_safety

TRIAGE = Triage(load_safety())

DENIED = """
no tengo fiebre, solo me duele la espalda
me duele la espalda pero no tengo fiebre ni escalofríos
no me duele el pecho, solo los hombros
sin dolor en el pecho y sin fiebre, ¿qué aceite?
no siento hormigueo en la entrepierna
no he tenido fiebre, la espalda está tensa
no tengo ningún bulto, solo contracturas en la espalda
no hay sangre ni mareos, nunca toso sangre
puedo orinar sin problema y me duele la espalda
no tengo problemas para orinar, solo la espalda tensa
pas de douleur dans la poitrine, juste le dos raide
je n'ai pas de fièvre, j'ai mal au dos
pas de fièvre ni de frissons, seulement mal au dos
je n'ai pas mal à la poitrine
sans fourmillements dans les jambes, juste les épaules
aucune douleur dans la poitrine
je n'ai aucun problème pour uriner, juste mal au dos
aucun engourdissement entre les jambes
il n'a pas de fièvre et pas de boule dans le dos
keine Taubheit im Schritt, nur verspannt
ich habe kein Fieber, nur Rückenschmerzen
keine Schmerzen in der Brust, nur Nacken
ohne Fieber, aber Rücken verspannt
die Brust tut nicht weh
keine Taubheit oder Kribbeln in den Beinen
die Brust schmerzt nicht, nur die Schultern
kein Problem beim Wasserlassen, Rücken ist steif
ich habe keine Probleme beim Pinkeln, nur Rückenschmerzen
ich hatte keinen Unfall, der Rücken ist nur verspannt
sem febre, só dor nas costas
não tenho febre, só dor nas costas
não sinto dor no peito
sem dormência na virilha
não tive acidente, só dor nas costas
não tenho febre nem calafrios, as costas doem
o peito não dói, só os ombros
não tenho problema para urinar, só dor nas costas
没有发烧,只是背疼
没有胸痛
没有发烧、胸痛或麻木,只是背有点酸
胸口不痛,只是肩膀紧
我没有发烧,背部僵硬
没有出车祸,只是坐久了腰酸
小便没有困难,只是腰酸
双腿不麻,只是背酸
"""

SAID = """
tengo fiebre y me duele la espalda
me duele el pecho
no puedo orinar y me duele la espalda
no, tengo dolor en el pecho
no sólo me duele la espalda, tengo dolor en el pecho
no siento nada en la entrepierna
no puedo dormir, dolor en el pecho
no es nada, pero tengo hormigueo en los genitales
no aguanto la orina desde ayer
no tengo fuerza en las dos piernas
j'ai mal à la poitrine
je n'arrive plus à uriner et j'ai mal au dos
je ne sens plus rien entre les jambes
j'ai de la fièvre et mal au dos
pas seulement le dos, j'ai une douleur dans la poitrine
je ne peux plus respirer
je n'ai plus de force dans les deux jambes
je ne dors pas, douleur dans la poitrine
Taubheit im Schritt seit gestern
ich habe Fieber und Rückenschmerzen
Schmerzen in der Brust
nicht nur der Rücken, auch Schmerzen in der Brust
ich kann nicht pinkeln und der Rücken tut weh
ich spüre nichts zwischen den Beinen
die Brust schmerzt und hört nicht auf
keine Kraft in beiden Beinen
kein Schlaf, Schmerzen in der Brust
ich kann nicht atmen
tenho febre e dor nas costas
dor no peito
não consigo urinar e as costas doem
não sinto nada entre as pernas
não só as costas, tenho dor no peito
dormência na virilha
não consigo respirar
não tenho força nas duas pernas
发烧,背疼
胸口痛
尿不出来,腰痛
下面没感觉
不但背痛,而且胸痛
双腿没力
喘不过气
我不想活了
没有力气,胸痛
"""


def rows(block: str) -> list[str]:
    return [line for line in block.splitlines() if line]


@pytest.mark.parametrize("message", rows(DENIED))
def test_a_denied_red_flag_of_another_language_does_not_stop(message):
    verdict = TRIAGE.assess([message])
    assert not verdict.is_stop, (verdict.rule, verdict.words)


@pytest.mark.parametrize("message", rows(SAID))
def test_a_red_flag_of_another_language_stops(message):
    assert TRIAGE.assess([message]).is_stop
