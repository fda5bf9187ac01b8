"""The fixed sentences that are not the guide's: lead-ins, plain noes, small talk.

Owns their wording. None of them states a fact of massage; tests hold replies to this list.
"""

from __future__ import annotations

STEPS = "The guide gives these steps:"
PARTLY = "The guide does not cover the other part of your question."
NOT_COVERED = "The guide does not cover that."
NEAREST = "The nearest topic in it is “{heading}”."
ONWARD = {
    "spa": "Ask the team at Serenity about it.",
    "clinician": "Ask a clinician about it, such as your doctor or a physiotherapist.",
    "nobody": "I only know about back massage: ask me about strokes, safety or the session.",
}

UNWELL = (
    "If you feel unwell, do not wait for me: call your local emergency number or see a clinician."
)
FAILED = f"Sorry, I could not answer that just now. Please ask again in a moment. {UNWELL}"
UNCLEAR = (
    "I am not sure what you are asking. Name the stroke, the place or the rule that you mean, and "
    "I will look it up in the guide."
)

TOO_LONG = (
    "That is more than I can read, and I may have missed something. Please ask again in a few "
    f"sentences. {UNWELL}"
)
EMPTY = "Please type a question about back massage, and I will look it up in the guide."
OTHER_LANGUAGE = "I am sorry, I can only read English: please ask me in English."
GREETING = (
    "Hello! I am an automated assistant: ask me anything about back massage, and I will answer "
    "in the words of the guide."
)
THANKS = "You are welcome. Ask me anything else about back massage whenever you like."
GOODBYE = "Goodbye, and enjoy your massage."
IDENTITY = (
    "I am an automated assistant, not a person and not medical care. I answer questions about "
    "back massage in the words of Serenity's guide, and show where each sentence stands."
)
SORRY = (
    "I am sorry that this was no help. Ask me in other words, or press “Book at Serenity” and "
    "write to the team."
)
LEFT_ALONE = (
    "Understood, I leave that to you. Ask me anything about back massage whenever you like."
)
REACTION = "All right. Ask me anything about back massage whenever you like."

BOOK = (
    "I can pass your request to Serenity: press “Book at Serenity” and the team will get back to "
    "you."
)
CHANGE = (
    "I cannot see or change bookings: press “Book at Serenity”, write what you would like to "
    "change, and the team will get back to you."
)
OWN_FACT = {
    "prices": "Serenity's prices: {value}",
    "hours": "Serenity's opening hours: {value}",
    "address": "Serenity's address: {value}",
    "phone": "Serenity's telephone: {value}",
}
UNKNOWN_FACT = {
    "prices": "The team at Serenity will tell you the price: I have no price list here.",
    "hours": "The team at Serenity will tell you when they are open: I have no hours here.",
    "address": "The team at Serenity will tell you the way: I have no address here.",
    "phone": "I have no telephone number here: leave yours, and Serenity's team will call you.",
}
WRITE_TO_US = "Press “Book at Serenity” to book, or to ask the team."
