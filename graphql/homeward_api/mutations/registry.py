"""Every mutation of a provider's, by name."""

from homeward_api.mutations.ask_question import ask_question
from homeward_api.mutations.complete_review_task import complete_review_task
from homeward_api.mutations.declare_capacity import declare_capacity
from homeward_api.mutations.decline_package import decline_package
from homeward_api.mutations.hand_back_package import hand_back_package
from homeward_api.mutations.make_offer import make_offer
from homeward_api.mutations.mark_messages_read import mark_messages_read
from homeward_api.mutations.mark_opened import mark_opened
from homeward_api.mutations.register_document import register_document
from homeward_api.mutations.remove_webhook import remove_webhook
from homeward_api.mutations.rotate_api_key import rotate_api_key
from homeward_api.mutations.rotate_webhook_secret import rotate_webhook_secret
from homeward_api.mutations.send_message import send_message
from homeward_api.mutations.set_notice_wishes import set_notice_wishes
from homeward_api.mutations.set_vacancy import set_vacancy
from homeward_api.mutations.set_webhook import set_webhook
from homeward_api.mutations.withdraw_hand_back import withdraw_hand_back
from homeward_api.mutations.withdraw_offer import withdraw_offer


class Mutations:
    """What a provider may do."""

    make_offer = make_offer
    withdraw_offer = withdraw_offer
    decline_package = decline_package
    mark_opened = mark_opened
    ask_question = ask_question
    send_message = send_message
    mark_messages_read = mark_messages_read
    hand_back_package = hand_back_package
    withdraw_hand_back = withdraw_hand_back
    complete_review_task = complete_review_task
    declare_capacity = declare_capacity
    set_vacancy = set_vacancy
    set_webhook = set_webhook
    rotate_webhook_secret = rotate_webhook_secret
    remove_webhook = remove_webhook
    rotate_api_key = rotate_api_key
    register_document = register_document
    set_notice_wishes = set_notice_wishes
